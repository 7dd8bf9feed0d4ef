/**
 * Which failures say nothing of what was requested: of a registry that is busy, or of the way to it.
 *
 * @module
 */
import { ConnectionError, RegistryError } from '../errors.ts'

/** Whether the same request may do later: 408, 429 and 5xx, a broken connection, a time limit. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return error instanceof ConnectionError
  return isPassingStatus(error.status)
}

/** The same of an answer. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
