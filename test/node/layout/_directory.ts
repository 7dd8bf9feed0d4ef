// Storages in temporary directories, closed and removed when the test that opened them ends.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type LayoutStorage,
  type LayoutStorageOptions,
  layoutStorage,
} from '../../../src/node/index.ts'

export async function temporaryDirectory(parent: string = tmpdir()): Promise<string> {
  const directory = await mkdtemp(join(parent, 'ocilink-layout-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Opens a storage; without a directory in one of its own. */
export async function openStorage(
  directory?: string,
  options?: LayoutStorageOptions,
): Promise<LayoutStorage> {
  const storage = await layoutStorage(directory ?? (await temporaryDirectory()), options)
  onTestFinished(() => storage.close())
  return storage
}

/** Opens one in a directory in memory, where Linux offers that: there a sync takes no time. */
export async function openInMemory(): Promise<LayoutStorage> {
  return openStorage(await temporaryDirectory(existsSync('/dev/shm') ? '/dev/shm' : tmpdir()))
}
