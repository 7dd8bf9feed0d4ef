/**
 * Files that an answer is written into.
 *
 * @module
 */
import { createWriteStream } from 'node:fs'
import { access, constants, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UsageError } from './exit-codes.ts'

/** Where to write. */
export interface OutputFile {
  /** Where a link leads to: the link stays. */
  readonly path: string
  /** Not for a pipe or a device, which must not be replaced by a file. */
  readonly isFile: boolean
}

/**
 * Looks whether a file can be written, before anything is asked.
 *
 * @throws `UsageError` for a directory, and the system's own errors
 */
export async function outputFile(path: string): Promise<OutputFile> {
  if (path === '') throw new UsageError('the name of the file is empty')
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (found?.isDirectory()) throw new UsageError(`${path} is a directory`)
  if (found && !found.isFile()) return { path, isFile: false }
  const target = found ? await realpath(path) : path
  // It is written beside.
  await access(dirname(target), constants.W_OK | constants.X_OK)
  return { path: target, isFile: true }
}

/** Writes a file; nobody finds half of it under its name. */
export async function writeFileOf(
  content: Readable,
  { path, isFile }: OutputFile,
  signal: AbortSignal,
): Promise<void> {
  if (!isFile) {
    await pipeline(content, createWriteStream(path), { signal })
    return
  }
  const part = `${path}.${process.pid}.part`
  try {
    await pipeline(content, createWriteStream(part, { flags: 'wx' }), { signal })
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}
