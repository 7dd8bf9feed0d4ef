/**
 * Files that survive a crash: written beside, made to last, then moved into place, so that a reader
 * sees the old file or the new one and never a part.
 *
 * @module
 */
import { constants, type Stats } from 'node:fs'
import { copyFile, type FileHandle, link, lstat, mkdir, open, rename, rm } from 'node:fs/promises'

/** Makes a function of a task that overlaps with nothing: who asks while it runs shares the next run. */
export function createShared(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = task().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (next) return next
    if (!running) return start()
    next = running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}

/** Makes directories' entries last; many that ask for one directory at once share one fsync. */
export function createDirectorySync(): (path: string) => Promise<void> {
  const known = new Map<string, () => Promise<void>>()
  return (path) => {
    const sync = known.get(path) ?? createShared(() => syncDirectory(path))
    known.set(path, sync)
    return sync()
  }
}

async function syncDirectory(path: string): Promise<void> {
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
  const handle = await open(temporary, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.datasync()
  } finally {
    await handle.close()
  }
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
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
    await copyFile(from, temporary)
    const handle = await open(temporary, 'r+')
    await handle.datasync().finally(() => handle.close())
    await rename(temporary, to)
  }
}

/** What is at a path, or undefined for nothing. Links are not followed. */
export async function look(path: string): Promise<Stats | undefined> {
  return absent(lstat(path))
}

/** Opens a file to read, or undefined where there is none; a symbolic link is none. */
export async function openFile(path: string): Promise<FileHandle | undefined> {
  return absent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW), 'ELOOP', 'EMLINK')
}

/** Reads a file of at most `limit` bytes; undefined where there is none or it is longer. */
export async function readWhole(
  path: string,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const handle = await openFile(path)
  if (!handle) return undefined
  try {
    const { size } = await handle.stat()
    if (size > limit) return undefined
    const bytes = new Uint8Array(size)
    let read = 0
    while (read < size) {
      const { bytesRead } = await handle.read(bytes, read, size - read, read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return bytes.subarray(0, read)
  } finally {
    await handle.close()
  }
}

/** Makes a directory unless there is one; true when it was made. Parents must be there. */
export async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** The system's name for what went wrong, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}

async function absent<T>(found: Promise<T>, ...more: string[]): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', ...more].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
