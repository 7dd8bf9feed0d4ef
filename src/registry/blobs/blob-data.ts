/**
 * What a blob can be made of, and its bytes.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { untilAborted } from '../../platform/abort.ts'
import { concat } from '../../platform/body.ts'

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

/** A blob's data as it is pushed: in memory, a `Blob` that is too large for that, or a stream. */
export type BlobSource = Uint8Array | Blob | ReadableStream<Uint8Array>

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
    if (data.ok && !data.bodyUsed) return
    const problem = data.bodyUsed ? 'one whose body was read' : `status ${data.status}`
    const expected = 'an answer of status 2xx whose body was not read'
    throw new InvalidInputError('INVALID_INPUT', path, expected, problem)
  }
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

/** What a wrong kind of data is, and what to do with it. */
function describe(data: unknown): string {
  if (data instanceof URL)
    return 'a URL: pass await fetch(url), or await openAsBlob(url) of node:fs for a file'
  if (ArrayBuffer.isView(data))
    return `${data.constructor.name}: pass new Uint8Array(data.buffer, data.byteOffset, data.byteLength)`
  if (typeof data !== 'object' || data === null) return data === null ? 'null' : typeof data
  if ('then' in data) return 'a promise: pass what it resolves to'
  return `an object: pass JSON.stringify(data) for JSON`
}

/**
 * The bytes of checked data: up to `small` of a `Blob`, and what ends within `chunkSize` of a stream, in
 * memory.
 */
export async function toSource(
  data: BlobData,
  { small, chunkSize, path, signal }: SourceOptions,
): Promise<BlobSource> {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  if (data instanceof Uint8Array) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (data instanceof Blob)
    return data.size <= small ? new Uint8Array(await data.arrayBuffer()) : data
  const stream = isAnswer(data) ? data.body : data
  return stream ? peek(toReader(stream, path), chunkSize, signal) : new Uint8Array()
}

/** How data is read. */
export interface SourceOptions {
  /** A `Blob` of at most this many bytes is read into memory. */
  readonly small: number
  /** A stream that ends within this many bytes is read into memory. */
  readonly chunkSize: number
  /** Where the data stands, for errors. */
  readonly path: string
  readonly signal: AbortSignal | undefined
}

/** How many bytes data says that it has; a `Response` that was compressed on its way says too few. */
export function sizeHint(data: BlobData): number | undefined {
  if (!isAnswer(data) || data.headers.has('content-encoding')) return undefined
  const size = data.headers.get('content-length')
  return size !== null && /^\d+$/.test(size) ? Number(size) : undefined
}

interface Reader {
  /** The next bytes; `undefined` at the end. */
  next(signal: AbortSignal | undefined): Promise<Uint8Array | undefined>
  cancel(reason: unknown): void
}

/** Reads a caller's stream, whose chunks may be anything. */
function toReader(
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  path: string,
): Reader {
  const { read, stop } = stream instanceof ReadableStream ? ofStream(stream) : ofIterable(stream)
  const cancel = (reason: unknown) => void Promise.resolve(stop(reason)).catch(() => {})
  return {
    cancel,
    async next(signal) {
      try {
        const { done, value } = await untilAborted(read(), signal)
        if (done) return undefined
        if (value instanceof Uint8Array) return value
        throw new TypeError(`"${path}" must be a stream of Uint8Array, got one of ${typeof value}`)
      } catch (error) {
        cancel(error)
        throw error
      }
    },
  }
}

function ofStream(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  return { read: () => reader.read(), stop: (reason: unknown) => reader.cancel(reason) }
}

function ofIterable(iterable: AsyncIterable<Uint8Array>) {
  const iterator = iterable[Symbol.asyncIterator]()
  return { read: () => iterator.next(), stop: async () => iterator.return?.() }
}

/** What ends within one chunk is bytes in memory. */
async function peek(
  reader: Reader,
  chunkSize: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const chunks: Uint8Array[] = []
  let size = 0
  while (size < chunkSize) {
    const bytes = await reader.next(signal)
    if (!bytes) return concat(chunks, size)
    chunks.push(bytes)
    size += bytes.byteLength
  }
  return new ReadableStream({
    async pull(controller) {
      const bytes = chunks.shift() ?? (await reader.next(undefined))
      return bytes ? controller.enqueue(bytes) : controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function isStream(data: unknown): data is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> {
  const iterable = data as AsyncIterable<Uint8Array> | null | undefined
  return (
    data instanceof ReadableStream ||
    (typeof data === 'object' && typeof iterable?.[Symbol.asyncIterator] === 'function')
  )
}

function isAnswer(data: unknown): data is Answer {
  return typeof data === 'object' && data !== null && 'bodyUsed' in data && 'ok' in data
}
