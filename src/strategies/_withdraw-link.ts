/**
 * Writing to the referrers tag, and withdrawing what is linked. Loaded when it is needed: attaching on
 * a registry that keeps the list itself, and listing, never do.
 *
 * @module
 */
import { InvalidInputError, RegistryError, UnsupportedError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { IMAGE_MANIFEST, MANIFEST_TYPES } from '../model/media-types.ts'
import { deleteManifest, findManifest, type StoredManifest } from '../registry/manifests.ts'
import { type Repository, warn } from '../registry/repository.ts'
import { isListed, type KeptLinks } from './_kept-links.ts'
import { type PointsAt, readManifest } from './_referrer.ts'
import { referrersTagOf } from './_referrers-tag.ts'
import { changeTag, readAhead } from './_tag-writer.ts'
import type { PublishOptions, Withdrawn } from './strategy.ts'

/** Starts the read that {@link changeEntry} will need. */
export function readTagAhead(repo: Repository, subject: Digest): void {
  readAhead(repo, referrersTagOf(subject))
}

/**
 * Puts an entry into the index at a subject's referrers tag, or takes it out.
 *
 * @returns whether it was read back as wanted
 */
export function changeEntry(
  repo: Repository,
  subject: Digest,
  entry: Descriptor,
  present: boolean,
  options: PublishOptions,
): Promise<boolean> {
  return changeTag(repo, referrersTagOf(subject), { entry, present, ...options })
}

/** Takes a link out of the referrers tag, and deletes the referrer. */
export async function withdrawLink(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  { api, pointsAt, viaApi }: KeptLinks,
  options: PublishOptions,
): Promise<Withdrawn> {
  const { signal } = options
  const stored = await findReferrer(repo, subject, digest, pointsAt, options)
  // First out of the index, then gone: the other way round a dangling entry blocks later writes.
  const entry: Descriptor = stored?.descriptor ?? { digest, mediaType: IMAGE_MANIFEST, size: 0 }
  const confirmed = await changeEntry(repo, subject, entry, false, options)
  const stays = async () =>
    repo.capabilities[api.capability] !== 'unsupported' &&
    (await isListed(repo, subject, entry, api, signal))
  const deleted =
    stored !== undefined && (await deleteReferrer(repo, viaApi.strategy, digest, stays, options))
  return { digest, deleted, confirmed }
}

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
  try {
    return await deleteManifest(repo, referrer, { signal })
  } catch (error) {
    const refused = error instanceof RegistryError && [400, 405].includes(error.status)
    if (!refused) throw error
    if (!(await isListed())) {
      warn(repo, `${referrer} is no longer listed, but its manifest stays: ${error.message}`)
      return false
    }
    throw new UnsupportedError(
      `The registry refuses to delete ${referrer}, and lists it as long as it exists: ${error.message}`,
      { strategy, missing: ['delete'], alternatives: [] },
      { cause: error },
    )
  }
}
