// A registry for uploads whose every answer a test may replace; what no answer replaces is done as
// the specification says.
import { createHash } from 'node:crypto'
import type { RepositoryOptions } from '../../../src/registry/options.ts'
import { type Call, empty, fakeRepository } from '../_registry.ts'

export interface UploadRegistry extends ReturnType<typeof fakeRepository> {
  /** Blobs that the registry keeps, as text by digest. */
  readonly kept: Map<string, string>
  /** Bytes of the session that is open. */
  readonly session: () => Buffer
  /** `METHOD Content-Range` of the requests to a session, or its length. */
  readonly parts: () => string[]
}

/**
 * @param special - answers a request in its own way, or leaves it to the registry
 * @param options.singlePost - whether a `POST ?digest=` with a body is understood
 */
export function uploadRegistry(
  special: (
    call: Call,
    registry: { append(): void; done(call: Call): Response },
  ) => Response | Promise<Response> | undefined = () => undefined,
  { singlePost = true, ...options }: RepositoryOptions & { singlePost?: boolean } = {},
): UploadRegistry {
  const kept = new Map<string, string>()
  let session = Buffer.alloc(0)
  let number = 0
  let open = false

  const location = () => `/upload/${number}?_state=${session.byteLength}`
  const range = () => `0-${session.byteLength - 1}`
  const keep = (digest: string, bytes: Buffer): Response => {
    const algorithm = digest.split(':')[0]!
    const actual = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
    if (actual !== digest) return empty(400)
    kept.set(digest, bytes.byteLength < 1024 * 1024 ? bytes.toString() : 'large')
    return empty(201)
  }

  const done = (call: Call): Response => {
    const { method, url, bytes } = call
    const query = url.searchParams
    const digest = query.get('digest') ?? ''
    if (method === 'POST') {
      if (query.has('mount') && kept.has(query.get('mount')!)) return empty(201)
      if (digest && singlePost) return keep(digest, Buffer.from(bytes))
      number++
      session = Buffer.alloc(0)
      open = true
      return empty(202, { location: location(), range: '0-0' })
    }
    if (!open || url.pathname !== `/upload/${number}`) return empty(404)
    if (method === 'GET') return empty(204, { location: location(), range: range() })
    if (method === 'DELETE') {
      open = false
      return empty(204)
    }
    const start = call.headers.get('content-range')?.split('-')[0]
    if (start !== undefined && Number(start) !== session.byteLength)
      return empty(416, { location: location(), range: range() })
    session = Buffer.concat([session, bytes])
    if (method === 'PATCH') return empty(202, { location: location(), range: range() })
    open = false
    return keep(digest, session)
  }

  const fake = fakeRepository((call) => {
    const append = () => {
      session = Buffer.concat([session, call.bytes])
    }
    return special(call, { append, done }) ?? done(call)
  }, options)
  return {
    ...fake,
    kept,
    session: () => session,
    parts: () =>
      fake.calls
        .filter(({ url }) => url.pathname.startsWith('/upload/'))
        .map(({ method, headers, bytes }) =>
          [method, headers.get('content-range') ?? (bytes.byteLength || '')].join(' ').trim(),
        ),
  }
}
