/**
 * The files of a layout in a tar archive, read where they lie.
 *
 * @module
 */
import type { LayoutFiles } from '../box/layout-files.ts'
import { type Digest, isDigest } from '../model/digest.ts'
import type { ByteSource } from './byte-source.ts'
import { indexTar } from './tar-index.ts'

/**
 * Finds the files of an archive that is not compressed.
 *
 * @param most - entries that are read
 */
export async function archiveFiles(source: ByteSource, most: number): Promise<LayoutFiles> {
  const extents = await indexTar(source, most)
  return {
    place: source.name,
    async find(path) {
      const found = extents.get(path)
      if (!found) return undefined
      const { start: first, size } = found
      return {
        size,
        stream: (start = 0, end = size) => source.stream(first + start, first + end),
      }
    },
    async blobs() {
      return [...extents.keys()].flatMap((path) => digestAt(path) ?? [])
    },
    close: () => source.close(),
  }
}

/** The digest that a file of a layout is named by. */
function digestAt(path: string): Digest | undefined {
  const [, algorithm, hex] = /^blobs\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  const digest = `${algorithm}:${hex}`
  return isDigest(digest) ? digest : undefined
}
