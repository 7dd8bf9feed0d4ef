/**
 * Indexes at a tag made of the subject's digest, which OCI 1.1 and proposal F share.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Entries } from '../../model/entries.ts'
import { indexEntries } from '../../model/index-entries.ts'
import { encodeManifest, type ImageIndex } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'

/** The entries of the index, or what stands there instead. */
export function indexAtTag(
  subject: Digest,
  { bytes, descriptor: { digest, mediaType } }: StoredManifest,
): Entries | { readonly foreign: string; readonly unreadable?: Entries['unreadable'] } {
  // GitLab resolves the tag to the manifest of that digest; other tools tag the image itself so.
  if (digest === subject) return { foreign: 'the subject itself' }
  if (mediaType !== IMAGE_INDEX) return { foreign: `a manifest of type ${mediaType}` }
  try {
    return indexEntries(bytes)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const unreadable = [{ value: undefined, error }]
    return { foreign: 'an index that cannot be read', unreadable }
  }
}

/**
 * Why "there is none" cannot rest on what is at the tag: what was listed there may have been overwritten. Not of an
 * index, nor of the subject itself, which is what GitLab has there of every subject.
 */
export function notAnIndex(
  tag: string,
  subject: Digest,
  { descriptor: { digest, mediaType } }: StoredManifest,
): InvalidInputError | undefined {
  if (digest === subject || mediaType === IMAGE_INDEX) return undefined
  const expected = `${IMAGE_INDEX} at the tag ${tag}`
  return new InvalidInputError('INVALID_MANIFEST', 'manifest.mediaType', expected, mediaType)
}

/**
 * The index again, with other entries. What else is in it is kept, and entries that are no descriptors too: they may be
 * somebody's.
 *
 * @param fields - of an index that is new, in their order
 */
export function encodeIndex(
  before: StoredManifest | undefined,
  entries: readonly Descriptor[],
  fields: Omit<ImageIndex, 'manifests'> = { schemaVersion: 2, mediaType: IMAGE_INDEX },
): Uint8Array {
  const index = before && JSON.parse(new TextDecoder().decode(before.bytes))
  const kept = before ? indexEntries(before.bytes).unreadable.map(({ value }) => value) : []
  const manifests = [...entries, ...(kept as Descriptor[])]
  return encodeManifest({ ...fields, ...index, manifests })
}
