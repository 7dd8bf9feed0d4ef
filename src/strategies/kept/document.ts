/**
 * The index at the referrers tag (distribution-spec 1.1, "Referrers Tag Schema"). Any client can write that tag: it
 * is overwritten only where all its entries may be referrers; where it has others too, the manifest of each entry is
 * read before the entry is listed.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { DIGEST_REFERENCE } from '../lib/annotations.ts'
import { indexAtTag } from '../lib/index-at-tag.ts'
import type { ReadableDocument } from '../shared-tag/document.ts'

/** The document at a subject's referrers tag. */
export function referrersTagOf(subject: Digest): ReadableDocument {
  return {
    tag: referrersTag(subject),

    inspect(stored) {
      const index = indexAtTag(subject, stored)
      if ('foreign' in index) return { entries: [], ...index }
      const { entries, unreadable } = index
      // Proposal F's index begins with the subject and its platforms, which are no referrers.
      const ofF = entries.some((entry) => isOfF(entry) || entry.digest === subject)
      const own = entries.filter(
        (entry) => entry.digest !== subject && !isOfF(entry) && !(ofF && isImage(entry)),
      )
      const foreign =
        own.length < entries.length || own.some(isImage)
          ? 'an index of something else than referrers'
          : undefined
      return { entries: own, unreadable, foreign }
    },
  }
}

/** Whether an entry is proposal F's, whose index is at the same tag. */
const isOfF = ({ annotations }: Descriptor): boolean =>
  annotations?.[DIGEST_REFERENCE] !== undefined

/** Whether an entry is for a platform that is known; some clients say of referrers that theirs is not. */
const isImage = ({ platform }: Descriptor): boolean =>
  platform !== undefined && platform.os !== 'unknown'
