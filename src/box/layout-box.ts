/**
 * One layout that is only read, as a box.
 *
 * @module
 */
import { type Box, makeBox } from './box.ts'
import type { LayoutFiles } from './layout-files.ts'
import { readLayout } from './layout-reader.ts'
import { readOnlyStorage } from './read-only-storage.ts'

/**
 * Opens the layout of some files. It closes them where they are none.
 *
 * @throws `InvalidInputError` naming the file that is missing or is not what it should be
 */
export async function layoutBox(files: LayoutFiles): Promise<Box> {
  try {
    const layout = await readLayout(files)
    const { names } = layout
    return makeBox({
      storage: readOnlyStorage(async (path) => {
        const tags = names.tagsOf(path)
        return tags && { layout, tags }
      }),
      readOnly: true,
      pathOf: names.pathOf,
      read: async () => layout,
      close: () => files.close(),
    })
  } catch (error) {
    await files.close()
    throw error
  }
}
