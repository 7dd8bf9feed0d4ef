/**
 * Indexes at a tag made of the subject's digest, which OCI 1.1 and proposal F share.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { type ImageIndex, parseManifest } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'

/** The index, or what stands there instead. */
export function indexAtTag(
  subject: Digest,
  { bytes, descriptor: { digest, mediaType } }: StoredManifest,
): ImageIndex | string {
  // GitLab resolves the tag to the manifest of that digest; other tools tag the image itself so.
  if (digest === subject) return 'the subject itself'
  if (mediaType !== IMAGE_INDEX) return `a manifest of type ${mediaType}`
  return parseManifest(bytes, mediaType) as ImageIndex
}
