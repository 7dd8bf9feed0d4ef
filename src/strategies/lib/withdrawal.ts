/**
 * What all withdrawals begin and end with: nothing is deleted that is no referrer, and a registry that
 * refuses deletes is an error only where the link stays.
 *
 * @module
 */
import { InvalidInputError, UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { MANIFEST_TYPES } from '../../model/media-types.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { PublishOptions } from '../strategy.ts'
import { type PointsAt, readManifest } from './referrer.ts'
import { deleteIfAllowed } from './refusals.ts'

/**
 * Finds what is to be withdrawn.
 *
 * @returns `undefined` when it is gone
 * @throws `InvalidInputError` when it is no referrer of the subject
 */
export async function findReferrer(
  repo: Repository,
  subject: Digest,
  referrer: Digest,
  pointsAt: PointsAt,
  { signal }: PublishOptions,
): Promise<StoredManifest | undefined> {
  // One that is not asked for by name looks on some registries as if it were not there.
  const accept = MANIFEST_TYPES
  const stored = await findManifest(repo, referrer, { intent: 'push', accept, signal })
  if (stored && !pointsAt(readManifest(stored), subject)) {
    throw new InvalidInputError('INVALID_INPUT', 'referrer', `a referrer of ${subject}`, referrer)
  }
  return stored
}

/**
 * Deletes a referrer's manifest.
 *
 * @param isListed - asked where the registry refuses: whether it goes on listing it
 * @returns whether it was there, and may be deleted
 * @throws `UnsupportedError` when it is refused, and goes on being listed
 */
export async function deleteReferrer(
  repo: Repository,
  strategy: string,
  referrer: Digest,
  isListed: () => Promise<boolean>,
  { signal }: PublishOptions,
): Promise<boolean> {
  const deleted = await deleteIfAllowed(repo, referrer, signal)
  if (typeof deleted === 'boolean') return deleted
  if (!(await isListed())) {
    warn(repo, `${referrer} is no longer listed, but its manifest stays: ${deleted.message}`)
    return false
  }
  throw new UnsupportedError(
    `The registry refuses to delete ${referrer}, and lists it as long as it exists: ${deleted.message}`,
    { strategy, missing: ['delete'], alternatives: [] },
    { cause: deleted },
  )
}
