/**
 * One layout that is written, as a box.
 *
 * @module
 */
import { realpath } from 'node:fs/promises'
import { type Box, makeBox } from '../../box/box.ts'
import type { LayoutReader } from '../../box/layout-reader.ts'
import { readLayout } from '../../box/layout-reader.ts'
import { UNNAMED } from '../../box/names.ts'
import { oneRepository } from '../../box/one-repository.ts'
import { InvalidInputError } from '../../errors.ts'
import { layoutStorage } from '../layout/layout-storage.ts'
import { directoryFiles, isLayout } from './directory-files.ts'

/** Takes a directory that is a layout, or becomes one. */
export async function writtenLayoutBox(directory: string): Promise<Box> {
  await requireOneName(directory)
  const storage = await layoutStorage(directory, { name: UNNAMED, referrersTags: true })
  const root = await realpath(directory)
  return makeBox({
    ...oneRepository(storage.repository(UNNAMED), directory),
    readOnly: false,
    read: () => readLayout(directoryFiles(root)),
    entries: async () => (await readIfThere(root))?.entries ?? [],
    close: () => storage.close(),
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
