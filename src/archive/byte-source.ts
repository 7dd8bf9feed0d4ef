/**
 * Bytes that can be read from any place on: a file, or a `Blob`.
 *
 * @module
 */
import { ContentError } from '../errors.ts'

/** Bytes of known length. */
export interface ByteSource {
  /** What they are called in errors, such as `app.tar`. */
  readonly name: string
  readonly size: number
  /** Bytes in [start, end), which lie within the size. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>
  /** The same, piece by piece. */
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
    read,
    stream: (start, end) => blob.slice(start, end).stream(),
    close: async () => {},
  }
}

/** Bytes that are fetched at once where little of them is wanted. */
const WINDOW = 32 * 1024

/** Reads small parts, most of which lie near each other, with few reads of the source. */
export function windowed(
  source: ByteSource,
): (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>> {
  let from = 0
  let window: Uint8Array<ArrayBuffer> = new Uint8Array()
  return async (start, end) => {
    if (start < from || end > from + window.byteLength) {
      window = await source.read(start, Math.min(source.size, Math.max(end, start + WINDOW)))
      from = start
    }
    return window.subarray(start - from, end - from)
  }
}
