/**
 * The index at a referrers tag, and whether it may be trusted (distribution-spec 1.1, "Referrers Tag
 * Schema"). Anybody can write that tag: it is written again only where all its entries may be referrers,
 * and where others are among them, each is looked into before it is listed.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { type ImageIndex, parseManifest } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import type { ReadableDocument } from '../shared-tag/document.ts'

/** The document at a subject's referrers tag; _withdraw-link.ts writes it. */
export function referrersTagOf(subject: Digest): ReadableDocument {
  return {
    tag: referrersTag(subject),

    inspect(stored) {
      const { digest, mediaType } = stored.descriptor
      // GitLab resolves the tag to the manifest of that digest; other tools tag the image itself so.
      if (digest === subject) return { entries: [], foreign: 'the subject itself' }
      if (mediaType !== IMAGE_INDEX)
        return { entries: [], foreign: `a manifest of type ${mediaType}` }
      const { manifests } = parseManifest(stored.bytes, mediaType) as ImageIndex
      const own = manifests.filter(
        (entry) =>
          entry.digest !== subject &&
          entry.platform === undefined &&
          entry.annotations?.['org.opencontainers.reference.digest'] === undefined,
      )
      return own.length === manifests.length
        ? { entries: own }
        : { entries: own, foreign: 'an index of something else than referrers' }
    },
  }
}
