/**
 * Indexes at a tag made of the subject's digest, which OCI 1.1 and proposal F share.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Entries, parseEntries } from '../../model/entries.ts'
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
    return parseEntries(bytes) ?? { foreign: 'an index without a list' }
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const unreadable = [{ value: undefined, error }]
    return { foreign: 'an index that cannot be read', unreadable }
  }
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
  const kept = before ? parseEntries(before.bytes)!.unreadable.map(({ value }) => value) : []
  const manifests = [...entries, ...(kept as Descriptor[])]
  return encodeManifest({ ...fields, ...index, manifests })
}
