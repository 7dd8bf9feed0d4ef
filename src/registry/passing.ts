/**
 * Which failures say nothing of what was asked for: of a registry that is busy, or of the way to it.
 *
 * @module
 */
import { isOcilinkError, type RegistryError } from '../errors.ts'

/** Whether the same request may do later: 408, 429 and 5xx, a broken connection, a time limit. */
export function isPassing(error: unknown): boolean {
  if (!isOcilinkError(error)) return false
  const { status = 0 } = error as Partial<RegistryError>
  return (
    isOcilinkError(error, 'CONNECTION', 'TIMEOUT') ||
    status === 408 ||
    status === 429 ||
    status >= 500
  )
}
