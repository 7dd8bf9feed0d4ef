/**
 * A directory of layouts, one for each repository, as a box: what `layoutStorage()` and `ocilink serve` write.
 *
 * @module
 */
import { join } from 'node:path'
import { type Box, makeBox } from '../../box/box.ts'
import type { BoxEntry } from '../../box/entries.ts'
import { type LayoutReader, readLayout } from '../../box/layout-reader.ts'
import { readOnlyStorage } from '../../box/read-only-storage.ts'
import { InvalidInputError } from '../../errors.ts'
import { piecesOf } from '../layout/paths.ts'
import { directoryFiles } from './directory-files.ts'
import { nestedLayouts } from './nested-layouts.ts'
import { shareStorage } from './shared-storage.ts'

/** A box that is only read. */
export async function layoutsBox(root: string, names: readonly string[]): Promise<Box> {
  const open = new Map<string, Promise<LayoutReader>>()
  function find(name: string): Promise<LayoutReader> {
    const known = open.get(name)
    if (known) return known
    const opening = readLayout(directoryFiles(join(root, ...piecesOf(name))))
    open.set(name, opening)
    // What could not be read may be whole the next time.
    opening.catch(() => open.delete(name))
    return opening
  }
  return makeBox({
    storage: readOnlyStorage(async (name) => {
      if (!names.includes(name)) return undefined
      const layout = await find(name)
      const tags = layout.names.tagsOf(name)
      return tags && { layout, tags }
    }),
    readOnly: true,
    pathOf: (name) => requireKnown(name, names, root),
    read: () => find(requireKnown(undefined, names, root)),
    entries: () => entriesOf(names, find),
    close: async () => {},
  })
}

/** A box that is written, by the same names. */
export async function writtenLayoutsBox(root: string): Promise<Box> {
  const names = await nestedLayouts(root)
  const { storage, close } = await shareStorage(root, { referrersTags: true })
  const find = (name: string) => readLayout(directoryFiles(join(root, ...piecesOf(name))))
  return makeBox({
    storage,
    readOnly: false,
    pathOf: (name) => name ?? requireKnown(undefined, names, root),
    read: async () => find(requireKnown(undefined, await nestedLayouts(root), root)),
    entries: async () => entriesOf(await nestedLayouts(root), find),
    close,
  })
}

async function entriesOf(
  names: readonly string[],
  find: (name: string) => Promise<LayoutReader>,
): Promise<readonly BoxEntry[]> {
  const layouts = await Promise.all(names.map(find))
  return layouts.flatMap(({ entries }, at) =>
    entries.map((entry) => ({ ...entry, repository: names[at] })),
  )
}

function requireKnown(name: string | undefined, names: readonly string[], root: string): string {
  const [only, another] = names
  if (name === undefined && only !== undefined && another === undefined) return only
  if (name !== undefined && names.includes(name)) return name
  const expected = `one of ${names.slice(0, 20).join(', ')}, which ${root} holds`
  throw new InvalidInputError('INVALID_INPUT', 'name', expected, name)
}
