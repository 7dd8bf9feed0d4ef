/**
 * Paths as callers give them.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import { InvalidInputError } from '../errors.ts'

/**
 * The path of a file or directory.
 *
 * @param name - of the argument, for the error
 * @throws {@link InvalidInputError} for an address that is no `file:` URL; `TypeError` for what is neither
 */
export function filePath(file: string | URL, name: string): string {
  if (typeof file === 'string') return file
  if (!(file instanceof URL)) {
    throw new TypeError(`"${name}" must be a path or a file: URL, got ${typeof file}`)
  }
  if (file.protocol === 'file:') return fileURLToPath(file)
  throw new InvalidInputError('INVALID_INPUT', name, 'a path or a file: URL', file.protocol)
}
