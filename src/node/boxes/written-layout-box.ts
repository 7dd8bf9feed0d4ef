/**
 * One layout that is written, as a box.
 *
 * @module
 */
import { type Box, makeBox } from '../../box/box.ts'
import { type LayoutReader, readLayout } from '../../box/layout-reader.ts'
import { UNNAMED } from '../../box/names.ts'
import { oneRepository } from '../../box/one-repository.ts'
import { InvalidInputError } from '../../errors.ts'
import { directoryFiles, isLayout } from './directory-files.ts'
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

/** Tags of several repositories cannot be told apart once they are written. */
async function requireOneName(directory: string): Promise<void> {
  const { known } = (await readIfThere(directory))?.names ?? { known: [] }
  if (known.length <= 1) return
  const expected = 'a layout of one repository; open one of several with readOnly: true'
  throw new InvalidInputError('INVALID_INPUT', directory, expected, known.join(', '))
}

async function readIfThere(directory: string): Promise<LayoutReader | undefined> {
  return (await isLayout(directory)) ? readLayout(directoryFiles(directory)) : undefined
}
