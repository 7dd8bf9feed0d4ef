/**
 * The kinds of refused writes, by status and code, as recorded from real registries.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'

/**
 * Whether a registry takes no manifests of the type that was pushed.
 *
 * @param more - further statuses that mean the same for this type
 */
export function isTypeRefused(error: unknown, more: readonly number[] = []): boolean {
  if (!(error instanceof RegistryError) || error.method !== 'PUT') return false
  const { status, errors } = error
  const unknown = errors.every(({ code }) => /^(MANIFEST_INVALID|UNSUPPORTED)$/.test(code))
  return status === 415 || more.includes(status) || (status === 400 && unknown)
}

/** Whether a registry refuses to move a tag, as those with immutable tags do. */
export function isImmutable(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.method !== 'PUT') return false
  if (error.status === 409) return true
  return (
    [400, 405, 412].includes(error.status) &&
    error.errors.some(
      ({ code, message }) => code === 'TAG_INVALID' || /immutable/i.test(`${code} ${message}`),
    )
  )
}
