/**
 * Publishing one way, and another way where the registry cannot keep the first: what `auto` does.
 * Loaded when something is attached so.
 *
 * @module
 */
import { ConflictError, RegistryError } from '../errors.ts'
import type { Referrer } from './strategy.ts'

/**
 * Publishes by the subject; where its list cannot be written, the other way, if there is one. The
 * referrer's `reason` says why.
 */
export async function publishEither(
  bySubject: () => Promise<Referrer>,
  byOwnTag: (() => Promise<Referrer>) | undefined,
): Promise<Referrer> {
  try {
    const referrer = await bySubject()
    const kept = referrer.via.some(({ source }) => source === 'referrers-api')
    const reason = kept
      ? 'the registry has the referrers API and keeps the list itself'
      : 'the registry has no referrers API: other tools read the list at the referrers tag'
    return { ...referrer, reason }
  } catch (error) {
    if (!byOwnTag || !(error instanceof ConflictError || isImmutable(error))) throw error
    const reason = `each link has a tag of its own, because: ${error.message}`
    return { ...(await byOwnTag()), reason }
  }
}

/** Whether a registry refuses to move a tag, as those with immutable tags do. */
function isImmutable(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError) || error.method !== 'PUT') return false
  if (error.status === 409) return true
  return (
    [400, 403, 405, 412].includes(error.status) &&
    error.errors.some(
      ({ code, message }) => code === 'TAG_INVALID' || /immutable/i.test(message ?? ''),
    )
  )
}
