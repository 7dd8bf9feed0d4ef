/**
 * The files of a layout's `blobs` directory, which hold blobs and manifests alike.
 *
 * @module
 */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { algorithmOf, type Digest } from '../../model/digest.ts'
import { blobPath, makeDirectories } from './paths.ts'
import { type BlobFile, blobFile } from './read-blob.ts'
import { LARGEST } from './recent-files.ts'
import type { Workplace } from './workplace.ts'

/** Files by digest. */
export interface BlobFiles {
  pathOf(digest: Digest): string
  /** The size of a file; undefined where there is none. */
  sizeOf(digest: Digest): Promise<number | undefined>
  /** The file as a blob; undefined where there is none. */
  find(digest: Digest): Promise<BlobFile | undefined>
  /** A file's bytes; undefined where there is none, or it has more than `limit`. */
  read(digest: Digest, limit: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /**
   * Adds a file that outlives a crash.
   *
   * @param moveTo - moves, or links, the file to the path that it is given
   */
  add(digest: Digest, moveTo: (path: string) => Promise<void>): Promise<void>
  /** Deletes a file, if there is one. It is gone for good once the directory is synced. */
  delete(digest: Digest): Promise<void>
  /** Makes what was added and deleted last. */
  sync(digest: Digest): Promise<void>
}

/** The files of the layout in a directory. */
export function blobFiles(directory: string, { syncDirectory, recent }: Workplace): BlobFiles {
  const made = new Set<string>()
  const pathOf = (digest: Digest) => blobPath(directory, digest)
  const sync = (digest: Digest) => syncDirectory(dirname(pathOf(digest)))
  return {
    pathOf,
    sync,
    sizeOf: async (digest) => (await recent.find(pathOf(digest)))?.size,
    read: async (digest, limit) => (await recent.find(pathOf(digest)))?.read(limit),
    async find(digest) {
      const path = pathOf(digest)
      const file = await recent.find(path)
      return (
        file && {
          ...blobFile(path, file.size),
          async read(start, end) {
            const bytes = await file.read(LARGEST)
            return bytes?.byteLength === file.size ? bytes.subarray(start, end) : undefined
          },
        }
      )
    },
    async add(digest, moveTo) {
      const algorithm = algorithmOf(digest)
      if (!made.has(algorithm)) {
        await makeDirectories(directory, ['blobs', algorithm], syncDirectory)
        made.add(algorithm)
      }
      await moveTo(pathOf(digest))
      recent.forget(pathOf(digest))
      await sync(digest)
    },
    async delete(digest) {
      await rm(pathOf(digest), { force: true })
      recent.forget(pathOf(digest))
    },
  }
}
