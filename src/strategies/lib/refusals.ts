/**
 * The kinds of refusals, by status and code, as recorded from real registries.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { isDigest } from '../../model/digest.ts'
import { deleteManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { answerBehind } from '../../registry/wire/failures.ts'

/** With these registries refuse to delete what they never delete. */
const never = [400, 405, 501]
/** With these they refuse what is protected, locked or used, or what this login may not delete. */
const protectedNow = [403, 409, 412, 423]

/**
 * Deletes a tag or a manifest, where the registry allows it. A tag that is protected is an error: whoever goes on by
 * deleting what it leads to would go round its protection.
 *
 * @returns whether it was there; what a registry answered that refuses: 400, 405 or 501 where it deletes no tags or
 *   nothing, and of a digest also 403, 409, 412 or 423
 */
export async function deleteIfAllowed(
  repo: Repository,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<boolean | RegistryError> {
  try {
    return await deleteManifest(repo, reference, { signal })
  } catch (error) {
    const refusals = isDigest(reference) ? [...never, ...protectedNow] : never
    const answer = answerBehind(error)
    if (answer && refusals.includes(answer.status)) return answer
    throw error
  }
}

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
      ({ code, message }) => code === 'TAG_INVALID' || /immutable/i.test(message ?? ''),
    )
  )
}
