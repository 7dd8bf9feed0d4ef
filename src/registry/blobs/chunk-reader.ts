/**
 * A blob's data cut into chunks.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'

/** A blob's data as it is pushed: in memory, a `Blob` that is too large for that, or a stream. */
export type BlobSource = Uint8Array | Blob | ReadableStream<Uint8Array>

/** Gives chunks of the wanted size; the last one may be shorter, the end is empty. */
export interface ChunkReader {
  next(size: number): Promise<Uint8Array>
  cancel(reason: unknown): void
}

/** Cuts a source into chunks. */
export function chunkReader(source: BlobSource, signal: AbortSignal | undefined): ChunkReader {
  return source instanceof ReadableStream ? ofStream(source, signal) : ofMemory(source)
}

function ofMemory(source: Uint8Array | Blob): ChunkReader {
  let offset = 0
  return {
    async next(size) {
      const part =
        source instanceof Blob
          ? new Uint8Array(await source.slice(offset, offset + size).arrayBuffer())
          : source.subarray(offset, offset + size)
      offset += part.byteLength
      return part
    },
    cancel: () => {},
  }
}

function ofStream(
  source: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ChunkReader {
  const reader = source.getReader()
  let rest: Uint8Array = new Uint8Array()
  let buffer: Uint8Array = rest
  return {
    async next(size) {
      // One buffer for all chunks: a chunk has been sent when the next one is read.
      if (buffer.byteLength !== size) buffer = new Uint8Array(size)
      let held = 0
      while (held < size) {
        if (rest.byteLength === 0) {
          const { done, value } = await untilAborted(reader.read(), signal)
          if (done) break
          rest = value
        }
        const part = rest.subarray(0, size - held)
        buffer.set(part, held)
        held += part.byteLength
        rest = rest.subarray(part.byteLength)
      }
      return buffer.subarray(0, held)
    },
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  }
}
