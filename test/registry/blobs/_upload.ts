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
  let session: Uint8Array[] = []
  let length = 0
  let number = 0
  let open = false

  const location = () => `/upload/${number}?_state=${length}`
  const range = () => `0-${length - 1}`
  const keep = (digest: string, parts: readonly Uint8Array[]): Response => {
    const algorithm = digest.split(':')[0]!
    const hash = createHash(algorithm)
    for (const part of parts) hash.update(part)
    if (`${algorithm}:${hash.digest('hex')}` !== digest) return empty(400)
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0)
    kept.set(digest, size < 1024 * 1024 ? Buffer.concat(parts).toString() : 'large')
    return empty(201)
  }
  const append = ({ bytes }: Call) => {
    session.push(bytes)
    length += bytes.byteLength
  }

  const done = (call: Call): Response => {
    const { method, url, bytes } = call
    const query = url.searchParams
    const digest = query.get('digest') ?? ''
    if (method === 'POST') {
      if (query.has('mount') && kept.has(query.get('mount')!)) return empty(201)
      if (digest && singlePost) return keep(digest, [bytes])
      number++
      session = []
      length = 0
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
    if (start !== undefined && Number(start) !== length)
      return empty(416, { location: location(), range: range() })
    append(call)
    if (method === 'PATCH') return empty(202, { location: location(), range: range() })
    open = false
    return keep(digest, session)
  }

  const fake = fakeRepository(
    (call) => special(call, { append: () => append(call), done }) ?? done(call),
    options,
  )
  return {
    ...fake,
    kept,
    session: () => Buffer.concat(session),
    parts: () =>
      fake.calls
        .filter(({ url }) => url.pathname.startsWith('/upload/'))
        .map(({ method, headers, bytes }) =>
          [method, headers.get('content-range') ?? (bytes.byteLength || '')].join(' ').trim(),
        ),
  }
}
