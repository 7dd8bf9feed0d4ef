/**
 * Writing to the referrers tag, and withdrawing what is linked. Loaded when it is needed: attaching on
 * a registry that keeps the list itself, and listing, never do.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { encodeManifest, type ImageIndex, parseManifest } from '../../model/manifest.ts'
import { IMAGE_INDEX, IMAGE_MANIFEST } from '../../model/media-types.ts'
import { headManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { deleteReferrer, findReferrer } from '../lib/withdrawal.ts'
import type { TagDocument } from '../shared-tag/document.ts'
import { changeTag, readAhead } from '../shared-tag/writer.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import { isListed, type KeptLinks } from './links.ts'
import { referrersTagOf } from './referrers-tag.ts'

/** The document at a subject's referrers tag, with how it is written. */
const writable = (subject: Digest): TagDocument => ({
  ...referrersTagOf(subject),
  purpose: `list the referrers of ${subject}`,
  key: ({ digest }) => digest,

  // Detached entries lose their manifest too.
  isLost: async (repo, { digest }, signal) =>
    (await headManifest(repo, digest, { intent: 'push', signal })) !== undefined,

  async encode(_, before, manifests) {
    const index = before && (parseManifest(before.bytes, IMAGE_INDEX) as ImageIndex)
    const empty = { schemaVersion: 2, mediaType: IMAGE_INDEX } as const
    return { bytes: encodeManifest({ ...empty, ...index, manifests }), mediaType: IMAGE_INDEX }
  },
})

/** Starts the read that {@link changeEntry} will need. */
export function readTagAhead(repo: Repository, subject: Digest): void {
  readAhead(repo, writable(subject))
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
  return changeTag(repo, writable(subject), { entry, present, ...options })
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
