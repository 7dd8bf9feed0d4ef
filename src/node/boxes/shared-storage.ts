/**
 * The directories that boxes of this process write to: boxes of one directory share what is open, since a second
 * storage would be refused like another process.
 *
 * @module
 */
import { mkdir, realpath } from 'node:fs/promises'
import {
  type LayoutStorage,
  type LayoutStorageOptions,
  layoutStorage,
} from '../layout/layout-storage.ts'

/** A storage, and how many boxes have it. */
interface Shared {
  readonly storage: Promise<LayoutStorage>
  boxes: number
}

const open = new Map<string, Shared>()

/**
 * Opens a directory, or shares it with the boxes that have it open with the same options.
 *
 * @returns its real path, the storage, and a function that gives it back
 */
export async function shareStorage(
  directory: string,
  options: LayoutStorageOptions,
): Promise<{
  readonly root: string
  readonly storage: LayoutStorage
  readonly close: () => Promise<void>
}> {
  await mkdir(directory, { recursive: true })
  const root = await realpath(directory)
  const key = JSON.stringify([root, options])
  const shared = open.get(key) ?? { storage: layoutStorage(root, options), boxes: 0 }
  open.set(key, shared)
  shared.boxes += 1
  async function close(): Promise<void> {
    shared.boxes -= 1
    if (shared.boxes > 0) return
    // Opened anew from here on: what is closing still holds the lock for a moment.
    open.delete(key)
    await (await shared.storage).close()
  }
  try {
    return { root, storage: await shared.storage, close }
  } catch (error) {
    shared.boxes -= 1
    if (open.get(key) === shared) open.delete(key)
    throw error
  }
}
