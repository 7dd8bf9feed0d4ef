/**
 * Proposal F's index at a digest tag (PROPOSAL_F.md, "Enhanced Image"). The tag is the referrers tag of OCI 1.1 too;
 * the entries show which of the two indexes is there.
 *
 * @module
 */
import type { Annotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { parseEntries } from '../../model/entries.ts'
import { isIndexType } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { withOwnTags } from '../lib/alternatives.ts'
import { DIGEST_REFERENCE } from '../lib/annotations.ts'
import { encodeIndex, indexAtTag } from '../lib/index-at-tag.ts'
import { isLost, type TagDocument } from '../shared-tag/document.ts'
import type { Via } from '../strategy.ts'

export const ANNOTATED: Via = {
  strategy: 'index-annotations',
  source: 'annotated-index',
  kept: 'tag',
}

/** What an entry refers to; the entries of the subject and its platforms refer to nothing. */
export const referenceOf = ({
  annotations,
}: {
  readonly annotations?: Annotations
}): string | undefined => annotations?.[DIGEST_REFERENCE]

/** In the proposal's order. */
const fields = { mediaType: IMAGE_INDEX, schemaVersion: 2 } as const

/** The document at a subject's tag. Its entries are all entries of the index. */
export function annotatedIndexOf(subject: Digest): TagDocument {
  return {
    tag: referrersTag(subject),
    purpose: `list ${subject} and its artifacts`,
    alternatives: withOwnTags,

    inspect(stored) {
      const index = indexAtTag(subject, stored)
      if ('foreign' in index) return { entries: [], ...index }
      const { entries: manifests, unreadable } = index
      const ours =
        manifests.length === 0 ||
        manifests.some((entry) => entry.digest === subject || referenceOf(entry))
      const strange = manifests.some(
        (entry) => entry.digest !== subject && !entry.platform && !referenceOf(entry),
      )
      return ours && !strange
        ? { entries: manifests, unreadable }
        : { entries: [], foreign: 'an index of something else, such as OCI 1.1 referrers' }
    },

    key: (entry) => `${entry.digest} ${referenceOf(entry) ?? ''}`,

    isLost,

    async encode(repo, before, entries, signal) {
      const artifacts = entries.filter(referenceOf)
      const images = entries.filter((entry) => !referenceOf(entry))
      const own = images.filter((entry) => entry.digest === subject)
      // Runtimes take the first entry that fits: the subject, then its platforms, and artifacts last.
      const heads = own.length > 0 ? own : await readHeads(repo, subject, signal)
      const known = new Set(heads.map(({ digest }) => digest))
      const others = images.filter(({ digest }) => !known.has(digest))
      const bytes = encodeIndex(before, [...heads, ...others, ...artifacts], fields)
      return { bytes, mediaType: IMAGE_INDEX }
    },
  }
}

/**
 * The subject and its platforms; nothing while the subject is missing, since registries refuse an index that names
 * missing content.
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
  const { entries = [] } = parseEntries(bytes, descriptor.mediaType) ?? {}
  const platforms = entries.filter(({ platform }) => platform && platform.os !== 'unknown')
  return [descriptor, ...platforms]
}
