/**
 * Files as the data of blobs.
 *
 * @module
 */
import * as fs from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { InvalidInputError } from '../errors.ts'
import { filePath } from './file-path.ts'

/**
 * A file as a `Blob`, for `data` of blobs: its size is known, and it is read piece by piece as it is
 * pushed, so that a file of any size takes little memory. It must not change until then. What has no
 * size, such as `process.stdin` or any other `Readable`, needs no conversion: it is passed as it is.
 *
 * @param file - its path, or its `file:` URL
 * @throws `InvalidInputError` `INVALID_INPUT` where there is no file that can be read
 * @see {@link https://nodejs.org/api/fs.html#fsopenasblobpath-options}
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { fileBlob } from 'ocilink/node'
 * import { pushBlob } from 'ocilink/registry'
 *
 * const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
 * const { size } = await pushBlob(app, await fileBlob('package.json'))
 * console.log(size)
 * ```
 */
export async function fileBlob(file: string | URL): Promise<Blob> {
  const path = filePath(file, 'file')
  let found: Awaited<ReturnType<typeof stat>>
  try {
    found = await stat(path)
  } catch (error) {
    throw unreadable(file, (error as NodeJS.ErrnoException).code, error)
  }
  // A pipe would be waited for, and has no size.
  if (!found.isFile()) {
    throw unreadable(file, found.isDirectory() ? 'a directory' : 'a pipe or a device')
  }
  try {
    // Not every runtime with node:fs has it.
    return fs.openAsBlob ? await fs.openAsBlob(path) : new Blob([await readFile(path)])
  } catch (error) {
    // Its message is "Unable to open file as blob", whatever the reason.
    throw unreadable(file, 'one that cannot be opened', error)
  }
}

function unreadable(file: string | URL, problem: unknown, cause?: unknown): InvalidInputError {
  const expected = `a file that can be read (${file})`
  return new InvalidInputError('INVALID_INPUT', 'file', expected, problem, { cause })
}
