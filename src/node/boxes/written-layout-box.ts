/**
 * One layout that is written, as a box.
 *
 * @module
 */
import { join } from 'node:path'
import { type Box, makeBox } from '../../box/box.ts'
import { requireVersion } from '../../box/layout-document.ts'
import { type LayoutReader, readLayout } from '../../box/layout-reader.ts'
import { UNNAMED } from '../../box/names.ts'
import { oneRepository } from '../../box/one-repository.ts'
import { InvalidInputError } from '../../errors.ts'
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { readWhole } from '../layout/read-file.ts'
import { directoryFiles } from './directory-files.ts'
import { shareStorage } from './shared-storage.ts'

/** Takes a directory that is a layout, or becomes one. */
export async function writtenLayoutBox(directory: string): Promise<Box> {
  await requireOneName(directory)
  const options = { name: UNNAMED, referrersTags: true }
  const { root, storage, close } = await shareStorage(directory, options)
  return makeBox({
    ...oneRepository(storage.repository(UNNAMED), directory),
    readOnly: false,
    read: () => readLayout(directoryFiles(root)),
    entries: async () => (await readIfThere(root))?.entries ?? [],
    close,
  })
}

/** Tags of several repositories look the same once they are written. */
async function requireOneName(directory: string): Promise<void> {
  const { known } = (await readIfThere(directory))?.names ?? { known: [] }
  if (known.length <= 1) return
  const expected = 'a layout of one repository; open one of several with readOnly: true'
  throw new InvalidInputError('INVALID_INPUT', directory, expected, known.join(', '))
}

/** Undefined where there is no `index.json`: a layout that is made gets it last, and may have been interrupted. */
async function readIfThere(directory: string): Promise<LayoutReader | undefined> {
  const files = directoryFiles(directory)
  if (await files.find('index.json')) return readLayout(files)
  const path = join(directory, 'oci-layout')
  const bytes = await readWhole(path, MANIFEST_LIMIT)
  if (bytes) requireVersion(new TextDecoder().decode(bytes), path)
  return undefined
}
