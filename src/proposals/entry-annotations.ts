/**
 * What an index says of an image in the image's own entry, such as signatures (PROPOSAL_F.md, "Well-known
 * annotations"). It is no referrer: there is no manifest but the image's.
 *
 * @module
 */
import type { Annotations } from '../model/annotations.ts'
import { isDigest } from '../model/digest.ts'
import { indexEntries } from '../model/index-entries.ts'
import { isIndexType } from '../model/manifest.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import { referrersTag } from '../model/referrers-tag.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import { abortSignal, checkOptions, string } from '../platform/options.ts'
import { findManifest, getManifest } from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'

/** Options of {@link entryAnnotations}. */
export interface EntryAnnotationsOptions {
  /**
   * The index to read, by tag or digest: an image that was pushed with its artifacts.
   * @default the index at the image's digest tag
   */
  readonly index?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the annotations that proposal F's index has on the entry of an image. Where an index lists the image more than
 * once, the first entry counts for each key.
 *
 * Requests: `GET` of the image where it is a tag; `GET` of the index.
 *
 * @param image - a platform's image, or a whole one
 * @returns `undefined` where the index, or an entry of the image in it, is not there
 * @throws `RegistryError` 404 when a tag is not there; `InvalidInputError` `INVALID_MANIFEST` for an index that cannot
 *   be read
 * @see https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_F.md
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { entryAnnotations } from 'ocilink/proposals'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const annotations = await entryAnnotations(app, 'v1')
 * console.log(annotations?.['org.opencontainers.signatures.index'])
 * ```
 */
export async function entryAnnotations(
  repo: Repository,
  image: Subject,
  options: EntryAnnotationsOptions = {},
): Promise<Annotations | undefined> {
  checkOptions(options, { index: string, signal: abortSignal })
  const { index, signal } = options
  if (index !== undefined) parseTagOrDigest(index, 'index')
  const named = parseSubject(repo, image, 'image')
  signal?.throwIfAborted()
  const reference = typeof named === 'string' ? named : named.digest
  const digest = isDigest(reference)
    ? reference
    : (await getManifest(repo, reference, { signal })).descriptor.digest
  const stored = await findManifest(repo, index ?? referrersTag(digest), { signal })
  if (!stored || !isIndexType(stored.descriptor.mediaType)) return undefined
  const { entries } = indexEntries(stored.bytes, stored.descriptor.mediaType)
  const own = entries.filter((entry) => entry.digest === digest)
  if (own.length === 0) return undefined
  return Object.assign(Object.create(null), ...own.map((entry) => entry.annotations).reverse())
}
