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
 * @throws {@link InvalidInputError} for an address that is no `file:` URL of this machine, and text that is no path;
 *   `TypeError` for what is neither
 */
export function filePath(file: string | URL, name: string): string {
  if (typeof file !== 'string' && !(file instanceof URL)) {
    throw new TypeError(`"${name}" must be a path or a file: URL, got ${typeof file}`)
  }
  const path = typeof file === 'string' ? file : pathOf(file)
  // No file system has these, and Node's own errors do not say which argument it was.
  if (path !== undefined && path !== '' && !path.includes('\0')) return path
  throw new InvalidInputError('INVALID_INPUT', name, 'a path or a file: URL', shown(file))
}

/** An address without its user and query, which may be secrets. */
function shown(file: string | URL): string {
  return typeof file === 'string' ? file : `${file.protocol}//${file.host}${file.pathname}`
}

/** Undefined where the address is another one, names another machine, or is not encoded as a path is. */
function pathOf(url: URL): string | undefined {
  try {
    return fileURLToPath(url)
  } catch {
    return undefined
  }
}
