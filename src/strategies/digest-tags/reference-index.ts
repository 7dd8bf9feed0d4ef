/**
 * The index by which one artifact is linked to several subjects (proposal D, "JSON Schema").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { ImageIndex } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import { encodeBase64 } from '../../platform/base64.ts'
import { REFERENCE, REFERENCE_TYPE } from '../lib/annotations.ts'

/**
 * An index with one entry for each subject, all of one artifact.
 *
 * @param content - the artifact's manifest, to be copied into the entries
 */
export function referenceIndex(
  artifact: Descriptor,
  subjects: readonly Digest[],
  content?: Uint8Array | undefined,
): ImageIndex {
  return {
    mediaType: IMAGE_INDEX,
    schemaVersion: 2,
    manifests: subjects.map((subject) => referenceEntry(artifact, subject, content)),
  }
}

/** An entry with the proposal's order of fields; the artifact's annotations come after those of the link. */
export function referenceEntry(
  { annotations, ...artifact }: Descriptor,
  subject: Digest,
  content?: Uint8Array | undefined,
): Descriptor {
  const type = annotations?.[REFERENCE_TYPE]
  const own = {
    [REFERENCE]: subject,
    ...(type !== undefined && { [REFERENCE_TYPE]: type }),
  }
  return {
    ...artifact,
    platform: { os: 'unknown' },
    ...(content && { data: encodeBase64(content) }),
    annotations: { ...own, ...annotations, ...own },
  }
}
