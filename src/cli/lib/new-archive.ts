/**
 * An archive that is to be: a layout beside the file, which is packed once it is whole.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Box } from '../../node/index.ts'
import { UsageError } from './exit-codes.ts'
import { outputFile } from './output-file.ts'

/** What an archive is made of. */
export interface NewArchive {
  readonly box: Box
  /** Packs it: the file is replaced by a whole one. */
  commit(signal: AbortSignal): Promise<void>
  /** Leaves nothing but the file. */
  close(): Promise<void>
}

/**
 * Begins an archive.
 *
 * @throws `UsageError` for what is no file, and the system's own errors
 */
export async function newArchive(file: string): Promise<NewArchive> {
  if (file === '-') throw new UsageError('an archive is written into a file')
  const { path, isFile } = await outputFile(file)
  if (!isFile) throw new UsageError(`${file} is no file`)
  const { layout, saveArchive } = await import('../../node/index.ts')
  // On the same disk: what fits there twice is what the archive needs.
  const directory = await mkdtemp(join(dirname(resolve(path)), '.ocilink-save-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const box = await layout(directory)
    return {
      box,
      commit: async (signal) => void (await saveArchive(box, path, { signal })),
      async close() {
        await box.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
