/**
 * Whether a 404 says that a manifest is not there (distribution-spec 1.1, "Error Codes").
 *
 * @module
 */
import type { RegistryError } from '../errors.ts'

/** Whether the registry itself says so, Harbor by a code of its own: a proxy's page says nothing of the registry. */
export function saysGone({ errors }: Pick<RegistryError, 'errors'>): boolean {
  return errors.some(({ code }) => code === 'MANIFEST_UNKNOWN' || code === 'NOT_FOUND')
}
