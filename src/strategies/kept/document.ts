/**
 * The index at the referrers tag (distribution-spec 1.1, "Referrers Tag Schema"). Any client can write that tag: it
 * is overwritten only where all its entries may be referrers; where it has others too, the manifest of each entry is
 * read before the entry is listed.
 *
 * @module
 */
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
      if (typeof index === 'string') return { entries: [], foreign: index }
      const { manifests } = index
      const own = manifests.filter(
        (entry) =>
          entry.digest !== subject &&
          entry.platform === undefined &&
          entry.annotations?.[DIGEST_REFERENCE] === undefined,
      )
      return own.length === manifests.length
        ? { entries: own }
        : { entries: own, foreign: 'an index of something else than referrers' }
    },
  }
}
