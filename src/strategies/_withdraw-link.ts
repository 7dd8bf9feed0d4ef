/**
 * Writing to the referrers tag, and withdrawing what is linked. Loaded when it is needed: attaching on
 * a registry that keeps the list itself, and listing, never do.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { IMAGE_MANIFEST } from '../model/media-types.ts'
import type { Repository } from '../registry/repository.ts'
import { isListed, type KeptLinks } from './_kept-links.ts'
import { referrersTagOf } from './_referrers-tag.ts'
import { changeTag, readAhead } from './_tag-writer.ts'
import { deleteReferrer, findReferrer } from './_withdrawal.ts'
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
