/**
 * A caller's stream as a blob's data. Loaded for what is no data in memory.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'
import { concat } from '../../platform/body.ts'
import { type BlobData, checkUnlocked, isAnswer } from './blob-data.ts'

/** What is read in pieces. */
export type StreamData = Extract<BlobData, Response | AsyncIterable<Uint8Array>>

/** How a stream is read. */
export interface StreamOptions {
  /** A stream that ends within this many bytes is read into memory. */
  readonly chunkSize: number
  /** Where the data stands, for errors. */
  readonly path: string
  readonly signal: AbortSignal | undefined
}

/** The bytes of a stream: in memory where they are few. */
export async function readStream(
  data: StreamData,
  { chunkSize, path, signal }: StreamOptions,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const stream = isAnswer(data) ? data.body : data
  return stream ? peek(toReader(stream, path), chunkSize, signal) : new Uint8Array()
}

/** How many bytes data says that it has; a `Response` that was compressed on its way says too few. */
export function sizeHint(data: StreamData): number | undefined {
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
  // Checked before, but not that it was given twice.
  checkUnlocked(stream, path)
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
