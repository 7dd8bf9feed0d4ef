/**
 * The files of a layout, wherever they lie: in a directory, or in an archive. Nothing of it writes.
 *
 * @module
 */
import type { StoredBlob } from '../embedded/storage/storage.ts'
import { ContentError } from '../errors.ts'
import { algorithmOf, type Digest } from '../model/digest.ts'
import { readBounded } from '../platform/body.ts'

/** Files by their path in the layout. */
export interface LayoutFiles {
  /** Where the layout is, for errors. */
  readonly place: string
  /**
   * A file; undefined where there is none.
   *
   * @param path - such as `index.json`, or `blobs/sha256/<64 hex>`
   */
  find(path: string): Promise<StoredBlob | undefined>
  /** The digests that files in `blobs` are named by, in no order. */
  blobs(): Promise<readonly Digest[]>
  /** Gives back what reading took. */
  close(): Promise<void>
}

/** Where a layout keeps the content of a digest. */
export function blobPath(digest: Digest): string {
  const algorithm = algorithmOf(digest)
  return `blobs/${algorithm}/${digest.slice(algorithm.length + 1)}`
}

/**
 * Reads a file to its end.
 *
 * @param path - what to call it in errors
 * @throws {@link ContentError} `TOO_LARGE`; `SIZE_MISMATCH` where it ends early
 */
export async function readFile(
  file: StoredBlob,
  limit: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > limit) throw new ContentError('TOO_LARGE', `${path} in bytes`, limit, file.size)
  const bytes = await readBounded(new Response(file.stream()), file.size)
  if (bytes.byteLength !== file.size) {
    throw new ContentError('SIZE_MISMATCH', `${path} in bytes`, file.size, bytes.byteLength)
  }
  return bytes as Uint8Array<ArrayBuffer>
}
