/**
 * What stands at a referrers tag, and whether it may be trusted (distribution-spec 1.1, "Referrers
 * Tag Schema"). Anybody can write that tag: only an index whose entries are referrers counts.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { type ImageIndex, parseManifest } from '../model/manifest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { referrersTag } from '../model/referrers-tag.ts'
import {
  findManifest,
  type ReadManifestOptions,
  type StoredManifest,
} from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'

/** The tag's content at one moment. */
export interface TagState {
  readonly tag: string
  /** When the read began, in milliseconds of `performance.now()`. */
  readonly at: number
  /** The index; `undefined` where nothing is at the tag. */
  readonly index?: ImageIndex | undefined
  readonly entries: readonly Descriptor[]
  readonly etag?: string | undefined
  /** Why what is there is no referrers index. */
  readonly foreign?: string | undefined
}

/** Reads the referrers tag of a subject. */
export async function readReferrersTag(
  repo: Repository,
  subject: Digest,
  options: ReadManifestOptions,
): Promise<TagState> {
  const at = performance.now()
  const tag = referrersTag(subject)
  const stored = await findManifest(repo, tag, options)
  if (!stored) return { tag, at, entries: [] }
  return { tag, at, etag: stored.etag, ...inspect(stored, subject) }
}

function inspect(
  stored: StoredManifest,
  subject: Digest,
): Pick<TagState, 'index' | 'entries' | 'foreign'> {
  const { digest, mediaType } = stored.descriptor
  // GitLab resolves the tag to the manifest of that digest; other tools tag the image itself so.
  if (digest === subject) return { entries: [], foreign: 'the subject itself' }
  if (mediaType !== IMAGE_INDEX) return { entries: [], foreign: `a manifest of type ${mediaType}` }
  const index = parseManifest(stored.bytes, mediaType) as ImageIndex
  const stranger = index.manifests.find(
    (entry) =>
      entry.digest === subject ||
      entry.platform !== undefined ||
      entry.annotations?.['org.opencontainers.reference.digest'] !== undefined,
  )
  if (stranger) return { entries: [], foreign: 'an index of something else than referrers' }
  return { index, entries: index.manifests }
}
