/**
 * Writes the index at the referrers tag. Loaded on demand: not needed where the registry keeps the list, nor to read.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import type { Repository } from '../../registry/repository.ts'
import { withOwnTags } from '../lib/alternatives.ts'
import { encodeIndex } from '../lib/index-at-tag.ts'
import { isLost, type TagDocument } from '../shared-tag/document.ts'
import { changeTag, readAhead } from '../shared-tag/writer.ts'
import type { PublishOptions } from '../strategy.ts'
import { referrersTagOf } from './document.ts'

/** The document at a subject's referrers tag, with how it is written. */
export const referrersIndexOf = (subject: Digest): TagDocument => ({
  ...referrersTagOf(subject),
  purpose: `list the referrers of ${subject}`,
  alternatives: withOwnTags,
  key: ({ digest }) => digest,
  isLost,

  encode: async (_, before, entries) => ({
    bytes: encodeIndex(before, entries),
    mediaType: IMAGE_INDEX,
  }),
})

/** Starts the read that {@link changeEntry} will need. */
export function readTagAhead(repo: Repository, subject: Digest, signal?: AbortSignal): void {
  readAhead(repo, referrersIndexOf(subject), signal)
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
  return changeTag(repo, referrersIndexOf(subject), { entry, present, ...options })
}
