// The client ends each call with a value or an error of ours, whatever a registry answers.
import fc from 'fast-check'
import {
  attach,
  discover,
  hasReferrer,
  isOcilinkError,
  parseDigest,
  referrers,
  repository,
  tags,
} from '../../src/index.ts'
import { findManifest, getBlobBytes, pushBlob } from '../../src/registry/index.ts'
import { documents, pieces, types } from './_documents.ts'

const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 2 }

const headers = fc.dictionary(
  fc.constantFrom(
    'link',
    'location',
    'www-authenticate',
    'docker-content-digest',
    'etag',
    'range',
    'retry-after',
    'oci-subject',
    'oci-chunk-max-length',
    'warning',
    'content-length',
    'content-encoding',
  ),
  fc.oneof(
    pieces,
    fc.constantFrom(
      '0',
      '-1',
      '1',
      '99999999999999999999',
      digest,
      '/v2/x',
      'https://evil.test/',
      '"x"',
      'W/"x"',
      '</v2/app/tags/list?last=a>; rel=next',
      'Bearer realm="https://r.test/token"',
      'Basic realm=x',
    ),
  ),
  { maxKeys: 4 },
)

const answers = fc.record({
  status: fc.constantFrom(
    200,
    200,
    200,
    201,
    202,
    204,
    206,
    302,
    307,
    400,
    401,
    403,
    404,
    405,
    412,
    416,
    429,
    500,
    503,
  ),
  type: types,
  headers,
  body: documents,
  ending: fc.constantFrom('whole', 'whole', 'whole', 'cut', 'throw'),
})

type Repo = ReturnType<typeof repository>

async function drain(list: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of list);
}

const artifact = { artifactType: 'a/b', blobs: [{ data: 'x', mediaType: 'a/b' }] }

const calls: Readonly<Record<string, (repo: Repo, signal: AbortSignal) => Promise<unknown>>> = {
  findManifest: (repo, signal) => findManifest(repo, 'v1', { signal }),
  getBlobBytes: (repo, signal) => getBlobBytes(repo, digest, { signal }),
  pushBlob: (repo, signal) => pushBlob(repo, 'x', { signal }),
  tags: (repo, signal) => drain(tags(repo, { signal })),
  referrers: (repo, signal) => drain(referrers(repo, digest, { signal })),
  hasReferrer: (repo, signal) => hasReferrer(repo, 'v1', { artifactType: 'a/b', signal }),
  attach: (repo, signal) => attach(repo, subject, artifact, { settle: 0, signal }),
  discover: (repo, signal) => discover(repo, 'v1', { depth: 2, scope: 'all', signal }),
}

/** What is true of the client. */
export const client: fc.IAsyncProperty<unknown> = fc.asyncProperty(
  fc.constantFrom(...Object.keys(calls)),
  fc.array(answers, { minLength: 1, maxLength: 8 }),
  async (name, list) => {
    let next = 0
    const fetch = async (request: Request): Promise<Response> => {
      if (new URL(request.url).protocol === 'http:') throw new Error(`left https: ${request.url}`)
      const { status, type, headers, body, ending } = list[next++ % list.length]!
      if (ending === 'throw') throw new TypeError('fetch failed')
      const all = new Headers()
      for (const [name, value] of Object.entries({
        ...headers,
        ...(type && { 'content-type': type }),
      })) {
        if (/^[\x20-\x7e]*$/.test(value)) all.set(name, value)
      }
      const empty = [204, 205, 304].includes(status) || request.method === 'HEAD'
      const answer = empty ? null : ending === 'cut' ? cut(body) : body
      return new Response(answer, { status, headers: all })
    }
    const signal = AbortSignal.timeout(2000)
    const options = { fetch, retries: 0, timeout: 500, maxRetryAfter: 0 }
    const repo = repository('r.test/app', {
      ...options,
      credentials: { username: 'u', password: 'p' },
    })
    try {
      await calls[name]!(repo, signal)
    } catch (error) {
      if (!isOcilinkError(error) && error !== signal.reason) throw error
    }
  },
)

/** A body that breaks after its first half. */
function cut(body: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(body)
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.subarray(0, bytes.length / 2))
      controller.error(new TypeError('terminated'))
    },
  })
}
