/**
 * Files that survive a crash: written beside, made to last, then moved into place, so that a reader
 * sees the old file or the new one and never a part.
 *
 * @module
 */
import { constants, type Stats } from 'node:fs'
import { copyFile, type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { createSharedRun } from './shared-run.ts'
import * as short from './short-calls.ts'

/**
 * Makes directories' entries last. Calls for one directory share its syncs; a directory is remembered
 * while a sync of it runs.
 */
export function createDirectorySync(): (path: string) => Promise<void> {
  const running = new Map<string, { readonly sync: () => Promise<void>; calls: number }>()
  return async (path) => {
    const shared = running.get(path) ?? {
      sync: createSharedRun(() => syncDirectory(path)),
      calls: 0,
    }
    running.set(path, shared)
    shared.calls += 1
    try {
      await shared.sync()
    } finally {
      shared.calls -= 1
      if (shared.calls === 0) running.delete(path)
    }
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file in one step. It lasts once its directory is synced too.
 *
 * @param temporary - a path in the same file system that nobody else uses
 */
export async function replaceFile(
  path: string,
  temporary: string,
  bytes: Uint8Array,
): Promise<void> {
  await moveIntoPlace(temporary, path, async () => {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.datasync()
    } finally {
      await handle.close()
    }
  })
}

/**
 * Makes a file be at a second path too. A file that is there already stays. It lasts once its
 * directory is synced too.
 *
 * @param temporary - as for {@link replaceFile}, for file systems that cannot link it
 */
export async function linkFile(from: string, to: string, temporary: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return
    if (!['EPERM', 'EMLINK', 'EXDEV', 'ENOTSUP', 'ENOSYS'].includes(code ?? '')) throw error
    await moveIntoPlace(temporary, to, async () => {
      await copyFile(from, temporary)
      const handle = await open(temporary, 'r+')
      await handle.datasync().finally(() => handle.close())
    })
  }
}

/** Moves a file that `write` makes; leaves none behind where that fails. */
export async function moveIntoPlace(
  temporary: string,
  path: string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** What is at a path, or undefined for nothing. Links are not followed. */
export async function look(path: string): Promise<Stats | undefined> {
  return absent(short.lstat(path))
}

// Windows has neither flag.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
/** Flags by which files are opened to be read. */
export const READ: number = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/**
 * Opens a file to read, or undefined where there is none: links, directories, pipes and devices are no
 * files. A pipe is never opened, for that would wait for whoever writes to it; one that took the
 * file's place in between is opened without waiting, and closed.
 */
export async function openFile(path: string): Promise<FileHandle | undefined> {
  return (await look(path))?.isFile() ? openFound(path) : undefined
}

/** Opens what was a file a moment ago. */
async function openFound(path: string): Promise<FileHandle | undefined> {
  const handle = await absent(open(path, READ), 'ELOOP', 'EMLINK')
  if (!handle || (await handle.stat()).isFile()) return handle
  await handle.close()
  return undefined
}

/** Makes a directory unless there is one. Parents must be there. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** The system's name for what went wrong, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}

/** What is found, or undefined for nothing. */
export async function absent<T>(found: Promise<T>, ...more: string[]): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', ...more].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
