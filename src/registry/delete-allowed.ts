/**
 * Deletes where a registry may refuse them, by status, as recorded from real registries.
 *
 * @module
 */
import type { RegistryError } from '../errors.ts'
import { isDigest } from '../model/digest.ts'
import { deleteManifest } from './delete-manifest.ts'
import type { Repository } from './repository.ts'
import { answerBehind } from './wire/failures.ts'

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
