/**
 * What a blob can be made of.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'

/**
 * What a blob can be made of. A stream's size need not be known; Node's streams are async iterables. Of
 * a `Response` it is the body.
 */
export type BlobData =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>

/** A `Response` of any implementation. */
type Answer = Pick<Response, 'ok' | 'status' | 'headers' | 'bodyUsed'> & {
  readonly body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null
}

/**
 * Checks the kind of a blob's data, before any of it is read.
 *
 * @param path - where it stands, such as `artifact.blobs[1].data`
 * @throws `TypeError` that says what to use instead; `InvalidInputError` for an answer that is no success
 */
export function checkBlobData(data: unknown, path = 'data'): void {
  if (isAnswer(data)) {
    if (data.ok && !data.bodyUsed) {
      checkUnlocked(data.body, path)
      return
    }
    const problem = data.bodyUsed ? 'one whose body was read' : `status ${data.status}`
    const expected = 'an answer of status 2xx whose body was not read'
    throw new InvalidInputError('INVALID_INPUT', path, expected, problem)
  }
  checkUnlocked(data, path)
  const fits =
    typeof data === 'string' ||
    data instanceof Uint8Array ||
    data instanceof ArrayBuffer ||
    data instanceof Blob ||
    isStream(data)
  if (fits) return
  const expected =
    'text, bytes, a Blob, a Response, a ReadableStream or an async iterable of Uint8Array'
  throw new TypeError(`"${path}" must be ${expected}, got ${describe(data)}`)
}

/**
 * Checks that nobody else reads a stream.
 *
 * @throws `InvalidInputError` `INVALID_INPUT`
 */
export function checkUnlocked(data: unknown, path: string): void {
  if (!(data instanceof ReadableStream && data.locked)) return
  const expected = 'a stream that nothing else reads'
  throw new InvalidInputError('INVALID_INPUT', path, expected, 'a locked one')
}

/** What to do with objects that hold data in another form; by the name of their kind. */
const advice: Readonly<Record<string, string>> = {
  Array:
    'pass new Blob(data) for pieces, Uint8Array.from(data) for bytes, JSON.stringify(data) for JSON',
  FormData: 'pass a file of it, data.get(name)',
  Object: 'pass JSON.stringify(data) for JSON',
  Promise: 'pass what it resolves to',
  Request: 'pass await fetch(data)',
  SharedArrayBuffer: 'pass new Uint8Array(data).slice()',
  URL: 'pass await fetch(url), or await fileBlob(url) of ocilink/node for a file',
  URLSearchParams: 'pass String(data)',
}

/** What a wrong kind of data is, and what to do with it. */
function describe(data: unknown): string {
  if (ArrayBuffer.isView(data))
    return `${data.constructor.name}: pass new Uint8Array(data.buffer, data.byteOffset, data.byteLength)`
  if (typeof data !== 'object' || data === null) return data === null ? 'null' : typeof data
  const kind = 'then' in data ? 'Promise' : Object.prototype.toString.call(data).slice(8, -1)
  return `${kind}${Object.hasOwn(advice, kind) ? `: ${advice[kind]}` : ''}`
}

/** Whether this is an answer of `fetch`, of any implementation. */
export function isAnswer(data: unknown): data is Answer {
  return typeof data === 'object' && data !== null && 'bodyUsed' in data && 'ok' in data
}

function isStream(data: unknown): data is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> {
  const iterable = data as AsyncIterable<Uint8Array> | null | undefined
  return (
    data instanceof ReadableStream ||
    (typeof data === 'object' && typeof iterable?.[Symbol.asyncIterator] === 'function')
  )
}
