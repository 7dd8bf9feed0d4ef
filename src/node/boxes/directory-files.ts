/**
 * The files of a layout in a directory, to be read. Links lead out of it and are none.
 *
 * @module
 */
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LayoutFiles } from '../../box/layout-files.ts'
import { ContentError } from '../../errors.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { look } from '../layout/durable.ts'
import { findDirectory } from '../layout/paths.ts'
import { findBlobFile } from '../layout/read-blob.ts'

/** Files of one directory that are listed; an archive may have half as many. */
const MOST_BLOBS = 500_000

/** The files of the layout in a directory. */
export function directoryFiles(directory: string): LayoutFiles {
  return {
    place: directory,
    async find(path) {
      const pieces = path.split('/')
      const parent = await findDirectory(directory, pieces.slice(0, -1))
      return parent === undefined ? undefined : findBlobFile(join(parent, pieces.at(-1)!))
    },
    async blobs() {
      const digests: Digest[] = []
      for (const algorithm of ['sha256', 'sha384', 'sha512']) {
        const path = await findDirectory(directory, ['blobs', algorithm])
        if (path === undefined) continue
        for await (const { name } of await opendir(path)) {
          const digest = `${algorithm}:${name}`
          if (isDigest(digest)) digests.push(digest)
          if (digests.length <= MOST_BLOBS) continue
          throw new ContentError('TOO_LARGE', `blobs of ${directory}`, MOST_BLOBS, digests.length)
        }
      }
      return digests
    },
    close: async () => {},
  }
}

/** Whether a directory is, or means to be, a layout. */
export async function isLayout(directory: string): Promise<boolean> {
  const found = await Promise.all(
    ['oci-layout', 'index.json'].map((name) => look(join(directory, name))),
  )
  return found.some((file) => file !== undefined)
}
