// A registry of two maps, answering in microseconds, for models that go through very many repositories. A test that
// uses it has ky mocked (`vi.mock('ky', quickKy)`), since ky and `Request` cost ten times what a call does itself.
import type { Descriptor, Digest, Repository } from '../../src/index.ts'
import { repository } from '../../src/index.ts'
import { digestOf } from '../../src/model/digest.ts'
import { viewOf } from '../../src/registry/repository.ts'
import type { Exchange } from '../../src/registry/wire/exchange.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

interface Stored {
  readonly bytes: Uint8Array
  readonly entry: Descriptor
  readonly subject?: Digest | undefined
  readonly reference?: Digest | undefined
}

/** What there is, and the deletes that were sent. */
export class MapRegistry {
  readonly manifests: Map<string, Stored>
  readonly tags: Map<string, string>
  /** References of what was deleted, in order. */
  readonly deleted: string[] = []

  /** Whether it lists referrers, and references (proposal B). */
  readonly api: boolean

  constructor(api: boolean, like?: MapRegistry) {
    this.api = api
    this.manifests = new Map(like?.manifests)
    this.tags = new Map(like?.tags)
  }

  copy(): MapRegistry {
    return new MapRegistry(this.api, this)
  }

  /** Each time another client: nothing is remembered of what an earlier one has seen. */
  repository(): Repository {
    const fetch = async () => Promise.reject(new Error('not used'))
    const app = repository('registry.test/team/app', { fetch, retries: 0 })
    const exchange: Exchange = async ({ method, url, headers, body }) => {
      const type = headers.get('content-type') ?? ''
      return this.answer(method, new URL(url).pathname, type, body as Uint8Array | undefined)
    }
    return viewOf(app, { exchange })
  }

  private async answer(method: string, path: string, type: string, body?: Uint8Array) {
    const [kind, reference = '', list] = path.split('/').slice(4)
    // Any blob is there already, and the only one that is read is `{}`.
    if (kind === 'blobs') return answerOf(method === 'POST' ? 201 : 200, {}, encoder.encode('{}'))
    if (kind === 'tags') return json({ name: 'team/app', tags: [...this.tags.keys()].sort() })
    if (kind === 'referrers') return this.list('subject', reference)
    if (list === 'references') return this.list('reference', reference)
    if (method === 'PUT') return this.put(reference, type, body!)
    const digest = this.tags.get(reference) ?? reference
    const found = this.manifests.get(digest)
    if (!found) return none('MANIFEST_UNKNOWN')
    if (method === 'DELETE') return this.delete(reference, digest)
    const headers = {
      'content-type': found.entry.mediaType,
      'content-length': `${found.bytes.byteLength}`,
      'docker-content-digest': digest,
    }
    return answerOf(200, headers, method === 'HEAD' ? undefined : found.bytes)
  }

  private list(field: 'subject' | 'reference', of: string) {
    if (!this.api) return none('UNSUPPORTED')
    const manifests = [...this.manifests.values()].filter((stored) => stored[field] === of)
    return json({ schemaVersion: 2, manifests: manifests.map(({ entry }) => entry) }, INDEX)
  }

  private async put(reference: string, mediaType: string, bytes: Uint8Array) {
    const digest = await digestOf(bytes)
    const { artifactType, annotations, subject, reference: refers } = JSON.parse(textOf(bytes))
    const entry = { mediaType, digest, size: bytes.byteLength, artifactType, annotations }
    this.manifests.set(digest, {
      ...{ bytes, entry, subject: subject?.digest, reference: refers?.digest },
    })
    if (reference !== digest) this.tags.set(reference, digest)
    const headers = {
      'docker-content-digest': digest,
      ...(this.api && subject && { 'oci-subject': subject.digest }),
      ...(this.api && refers && { 'oci-reference': refers.digest }),
    }
    return answerOf(201, headers)
  }

  private delete(reference: string, digest: string) {
    this.deleted.push(reference)
    if (reference !== digest) this.tags.delete(reference)
    else {
      this.manifests.delete(digest)
      for (const [tag, to] of this.tags) if (to === digest) this.tags.delete(tag)
    }
    return answerOf(202, {})
  }
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()
const textOf = (bytes?: Uint8Array) => decoder.decode(bytes)

const json = (value: object, type = 'application/json') =>
  answerOf(200, { 'content-type': type }, encoder.encode(JSON.stringify(value)))

const none = (code: string) =>
  answerOf(404, { 'content-type': 'application/json' }, jsonBytes({ errors: [{ code }] }))

const jsonBytes = (value: object) => encoder.encode(JSON.stringify(value))

/** What is used of a `Response`; a real one costs more than all else that this registry does. */
function answerOf(status: number, headers: Record<string, string>, bytes?: Uint8Array): Response {
  let rest = bytes
  const read = async () => {
    const value = rest
    rest = undefined
    return { done: value === undefined, value }
  }
  const cancel = async () => {}
  const body = bytes ? { cancel, getReader: () => ({ read, cancel }) } : null
  const get = (name: string) => headers[name] ?? null
  const answer = {
    ...{ status, ok: status < 300, url: '', type: 'default', statusText: '', body },
    headers: { get, has: (name: string) => name in headers },
    text: async () => textOf(bytes),
  }
  return answer as unknown as Response
}

/** ky, without retries and timeouts. */
export const quickKy = async (original: () => Promise<object>): Promise<object> => ({
  ...(await original()),
  async default(_: string, { headers, fetch, throwHttpErrors }: KyOptions) {
    const { signal } = new AbortController()
    const response = await fetch({ headers: new Headers(headers), signal })
    if (response.ok || !throwHttpErrors(response.status)) return response
    const data = JSON.parse(await response.text())
    throw Object.assign(new Error(), { name: 'HTTPError', response, data })
  },
})

interface KyOptions {
  readonly headers: Record<string, string>
  fetch(request: object): Promise<Response>
  throwHttpErrors(status: number): boolean
}
