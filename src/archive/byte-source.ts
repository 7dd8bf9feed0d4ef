/**
 * Bytes that can be read from any place on: a file, or a `Blob`.
 *
 * @module
 */
import { ContentError } from '../errors.ts'

/** Bytes in [start, end), which lie within the size. */
export type ReadPart = (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>

/** Bytes of known length. */
export interface ByteSource {
  /** What they are called in errors, such as `app.tar`. */
  readonly name: string
  readonly size: number
  /** Does something that reads many small parts. */
  reading<T>(task: (read: ReadPart) => Promise<T>): Promise<T>
  /** Bytes in [start, end), piece by piece. */
  stream(start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

/** The bytes of a `Blob`, which in a page may be a file of any size. */
export function blobSource(blob: Blob): ByteSource {
  const name = 'name' in blob && typeof blob.name === 'string' && blob.name ? blob.name : 'archive'
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(await blob.slice(start, end).arrayBuffer())
    if (bytes.byteLength === end - start) return bytes
    throw new ContentError('SIZE_MISMATCH', `bytes of ${name}`, end, start + bytes.byteLength)
  }
  return {
    name,
    size: blob.size,
    reading: (task) => task(read),
    stream: (start, end) => blob.slice(start, end).stream(),
    close: async () => {},
  }
}

/** Bytes read at once: where what is wanted lies far apart, and where it lies near each other. */
const FAR = 4 * 1024
const NEAR = 32 * 1024

/**
 * Reads small parts, one behind the other, with few reads. With these sizes an entry costs 50 to 90 µs, whether
 * entries are large or small; with larger ones bytes are read that nobody wants, with smaller ones four times that.
 */
export function windowed(read: ReadPart, size: number): ReadPart {
  let from = 0
  let window: Uint8Array<ArrayBuffer> = new Uint8Array()
  return async (start, end) => {
    const until = from + window.byteLength
    if (start < from || end > until) {
      const length = start - until < NEAR ? NEAR : FAR
      window = await read(start, Math.min(size, Math.max(end, start + length)))
      from = start
    }
    return window.subarray(start - from, end - from)
  }
}
