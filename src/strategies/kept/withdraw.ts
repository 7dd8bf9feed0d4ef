/**
 * Taking a link out of the referrers tag, and deleting the referrer.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import type { Repository } from '../../registry/repository.ts'
import { deleteReferrer, findReferrer } from '../lib/withdrawal.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import { changeEntry } from './change-entry.ts'
import type { KeptLinks } from './links.ts'
import { listedOf } from './publish.ts'

/** Takes a link out of the referrers tag, and deletes the referrer. */
export async function withdrawKept(
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
  const isListed = async () =>
    repo.capabilities[api.capability] !== 'unsupported' &&
    (await listedOf(repo, subject, [entry], api, signal)).has(digest)
  const deleted =
    stored !== undefined && (await deleteReferrer(repo, viaApi.strategy, digest, isListed, options))
  return { digest, deleted, confirmed }
}
