/**
 * Saves a box as an archive in a file.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { WriteArchiveOptions } from '../../archive/write-archive.ts'
import type { Box } from '../../box/box.ts'
import { filePath } from '../file-path.ts'
import { moveIntoPlace, syncDirectory } from '../layout/durable.ts'

/** Options of {@link saveArchive}. */
export interface SaveArchiveOptions extends WriteArchiveOptions {}

/**
 * Saves what is in a box as a tar archive of an OCI layout, which oras, regctl, skopeo and docker (25 and later)
 * read. It is written beside and moved into place once it is whole and on disk: a full disk, a blob that is not what
 * its digest says, or an abort leave what was there before.
 *
 * @param file - its path, or its `file:` URL; what is there is replaced
 * @returns its size in bytes
 * @throws `ContentError` `DIGEST_MISMATCH`, `SIZE_MISMATCH` for a blob that is not what its digest says;
 *   `InvalidInputError` `INVALID_INPUT` for a wrong option; the system's own errors
 * @example
 * ```ts
 * import { layout, saveArchive } from 'ocilink/node'
 *
 * const box = await layout('./out', { readOnly: true })
 * console.log(`${await saveArchive(box, './app.tar')} bytes`)
 * ```
 */
export async function saveArchive(
  box: Box,
  file: string | URL,
  options: SaveArchiveOptions = {},
): Promise<number> {
  const path = filePath(file, 'file')
  const { writeArchive } = await import('../../archive/write-archive.ts')
  const stream = writeArchive(box, options)
  const directory = dirname(path)
  // Hidden, so that nobody takes it for one that is whole.
  const temporary = join(directory, `.${basename(path)}.${randomUUID()}`)
  let size = 0
  await moveIntoPlace(temporary, path, async () => {
    const handle = await open(temporary, 'wx')
    try {
      for await (const chunk of stream) {
        await handle.writeFile(chunk)
        size += chunk.byteLength
      }
      await handle.datasync()
    } finally {
      await handle.close()
    }
  })
  await syncDirectory(directory)
  return size
}
