/**
 * The files of a layout's `blobs` directory, which hold blobs and manifests alike.
 *
 * @module
 */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { algorithmOf, type Digest } from '../../model/digest.ts'
import { blobPath, makeDirectories } from './paths.ts'
import type { Workplace } from './workplace.ts'

/** Files by digest. */
export interface BlobFiles {
  pathOf(digest: Digest): string
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
export function blobFiles(directory: string, { syncDirectory }: Workplace): BlobFiles {
  const made = new Set<string>()
  const pathOf = (digest: Digest) => blobPath(directory, digest)
  const sync = (digest: Digest) => syncDirectory(dirname(pathOf(digest)))
  return {
    pathOf,
    sync,
    async add(digest, moveTo) {
      const algorithm = algorithmOf(digest)
      if (!made.has(algorithm)) {
        await makeDirectories(directory, ['blobs', algorithm], syncDirectory)
        made.add(algorithm)
      }
      await moveTo(pathOf(digest))
      await sync(digest)
    },
    delete: (digest) => rm(pathOf(digest), { force: true }),
  }
}
