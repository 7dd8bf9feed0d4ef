/**
 * Proposal F's index at a digest tag, and reading it. The tag is the referrers tag of OCI 1.1: which of
 * the two is there, its entries tell. Loaded by index-annotations.ts.
 *
 * @module
 */
import type { Annotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isCut } from '../../model/digest-tags.ts'
import {
  encodeManifest,
  type ImageIndex,
  isIndexType,
  parseManifest,
} from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { findManifest, getManifest, headManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { type EntryLinks, referringEntries, unseen } from '../lib/index-entries.ts'
import type { PointsAt } from '../lib/referrer.ts'
import type { TagDocument } from '../shared-tag/document.ts'
import type { DiscoverOptions, Referrer, Via } from '../strategy.ts'

export const ANNOTATED: Via = { strategy: 'index-annotations', source: 'annotated-index' }
const DIGEST = 'org.opencontainers.reference.digest'

/** What an entry refers to; the subject's own and its platforms' refer to nothing. */
export const referenceOf = ({
  annotations,
}: {
  readonly annotations?: Annotations
}): string | undefined => annotations?.[DIGEST]

/** The document at a subject's tag. Its entries are all that the index lists. */
export function annotatedIndexOf(subject: Digest): TagDocument {
  return {
    tag: referrersTag(subject),
    purpose: `list ${subject} and its artifacts`,

    inspect({ bytes, descriptor: { digest, mediaType } }) {
      // GitLab resolves the tag to the manifest of that digest; other tools tag the image itself so.
      if (digest === subject) return { entries: [], foreign: 'the subject itself' }
      if (mediaType !== IMAGE_INDEX)
        return { entries: [], foreign: `a manifest of type ${mediaType}` }
      const { manifests } = parseManifest(bytes, mediaType) as ImageIndex
      const ours =
        manifests.length === 0 ||
        manifests.some((entry) => entry.digest === subject || referenceOf(entry))
      const strange = manifests.some(
        (entry) => entry.digest !== subject && !entry.platform && !referenceOf(entry),
      )
      return ours && !strange
        ? { entries: manifests }
        : { entries: [], foreign: 'an index of something else, such as OCI 1.1 referrers' }
    },

    key: (entry) => `${entry.digest} ${referenceOf(entry) ?? ''}`,

    // Withdrawn entries lose their manifest too.
    isLost: async (repo, { digest }, signal) =>
      (await headManifest(repo, digest, { intent: 'push', signal })) !== undefined,

    async encode(repo, before, entries, signal) {
      const index = before && (parseManifest(before.bytes, IMAGE_INDEX) as ImageIndex)
      const artifacts = entries.filter(referenceOf)
      const images = entries.filter((entry) => !referenceOf(entry))
      const own = images.filter((entry) => entry.digest === subject)
      // Runtimes take the first that fits: the subject, then its platforms, and artifacts last.
      const heads = own.length > 0 ? own : await readHeads(repo, subject, signal)
      const known = new Set(heads.map(({ digest }) => digest))
      const others = images.filter(({ digest }) => !known.has(digest))
      const bytes = encodeManifest({
        mediaType: IMAGE_INDEX,
        schemaVersion: 2,
        ...index,
        manifests: [...heads, ...others, ...artifacts],
      })
      return { bytes, mediaType: IMAGE_INDEX }
    },
  }
}

/**
 * The subject and its platforms; nothing while the subject is not there, since registries refuse an
 * index that names what is missing.
 */
async function readHeads(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const stored = await findManifest(repo, subject, { intent: 'push', signal })
  if (!stored) return []
  const { descriptor, bytes } = stored
  if (!isIndexType(descriptor.mediaType)) return [descriptor]
  const { manifests } = parseManifest(bytes, descriptor.mediaType) as ImageIndex
  const platforms = manifests.filter(({ platform }) => platform && platform.os !== 'unknown')
  return [descriptor, ...platforms]
}

/** Whether a manifest points at a subject; one that others made need not say. */
const pointsAt: PointsAt = (manifest, subject) => {
  const named = 'annotations' in manifest && manifest.annotations?.[DIGEST]
  return !named || named === subject
}

const entryLinks: EntryLinks = { via: ANNOTATED, referenceOf, pointsAt }

/**
 * The referrers of a subject in the index at its tag, or in another index. What is no such index has no
 * entries that say so, and that is all that counts here. Of a subject that is an index itself, they are
 * also those of the manifests in it.
 *
 * Requests: `GET manifests/<tag>`; with `everywhere` one more at the same time, for the subject itself;
 * and one for each entry that does not tell its type.
 */
export async function discoverAnnotated(
  repo: Repository,
  subject: Digest,
  index: string | undefined,
  options: DiscoverOptions,
): Promise<readonly Referrer[]> {
  const read = async (reference: string, whole = false) => {
    const find = index === undefined ? findManifest : getManifest
    const stored = await find(repo, reference, { signal: options.signal })
    return referringEntries(repo, subject, stored, entryLinks, options, whole)
  }
  if (index !== undefined) return read(index)
  const found = await Promise.all([
    // A tag that holds a part of the digest may be another image's, whose platforms these are.
    read(referrersTag(subject), !isCut(subject)),
    options.everywhere ? read(subject) : [],
  ])
  return unseen()(found.flat())
}
