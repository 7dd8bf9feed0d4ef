/**
 * The directory of a storage: its lock, its temporary files, and what the layouts in it share.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError } from '../../errors.ts'
import { createDirectorySync, look } from './durable.ts'
import { takeLock } from './lock.ts'
import { makeDirectories } from './paths.ts'
import { createRecentFiles, type RecentFiles } from './recent-files.ts'

/** What the layouts of one storage share. */
export interface Workplace {
  /** The storage's directory; its real path. */
  readonly root: string
  /** A path for a temporary file, each time another. */
  temporary(): string
  /** Makes a directory's entries last. */
  syncDirectory(path: string): Promise<void>
  /** Blobs and manifests that were read last. */
  readonly recent: RecentFiles
}

/** Lock and temporary files; no repository can have this name. */
const WORK = '.ocilink'

/**
 * Takes a directory, and makes it where it is missing.
 *
 * @param isLayout - whether the directory may be a layout itself
 * @returns the place, and a function that gives the directory back
 */
export async function takeDirectory(
  directory: string,
  isLayout: boolean,
): Promise<{ readonly place: Workplace; readonly release: () => Promise<void> }> {
  const syncDirectory = createDirectorySync()
  await mkdir(directory, { recursive: true })
  const root = await realpath(directory)
  if (!isLayout && (await look(join(root, 'oci-layout')))) {
    const expected = 'a directory of layouts; "name" says which repository one layout is'
    throw new InvalidInputError('INVALID_INPUT', directory, expected, 'a layout')
  }
  const work = await makeDirectories(root, [WORK], syncDirectory)
  const release = await takeLock(work, directory)
  const temporaryFiles = join(work, 'tmp')
  // Whatever a process that was killed left behind.
  await rm(temporaryFiles, { recursive: true, force: true })
  await makeDirectories(root, [WORK, 'tmp'], syncDirectory)
  const temporary = () => join(temporaryFiles, randomUUID())
  return { place: { root, temporary, syncDirectory, recent: createRecentFiles() }, release }
}
