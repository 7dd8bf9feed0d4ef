/**
 * Artifacts that whoever publishes an image lists in its index, each entry saying what it refers to
 * (proposal D, "JSON Schema"; proposal F, "Enhanced Image").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { type ImageIndex, isIndexType, parseManifest } from '../../model/manifest.ts'
import type { StoredManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'
import { withInlined } from './inlined.ts'
import { type PointsAt, toReferrers } from './referrer.ts'

/** A kind of links that entries have. */
export interface EntryLinks {
  readonly via: Via
  readonly pointsAt: PointsAt
  /** What an entry refers to; nothing where it is an image. */
  referenceOf(entry: Descriptor): string | undefined
  /** Whether an artifact may be one that is asked for. */
  isWanted?(entry: Descriptor): boolean
}

/**
 * The entries of an index that refer to a subject. Where the subject is the index itself, those that
 * refer to an image that it lists, or to what it refers to in turn; where it lists other indexes, to what
 * may be in these. What refers to another artifact of the index is that artifact's, and not the subject's.
 *
 * @param whole - whether the index is all about the subject, without being it
 */
export async function referringEntries(
  repo: Repository,
  subject: Digest,
  stored: StoredManifest | undefined,
  { via, pointsAt, referenceOf, isWanted = () => true }: EntryLinks,
  options: FindOptions,
  whole = false,
): Promise<readonly Referrer[]> {
  if (!stored || !isIndexType(stored.descriptor.mediaType)) return []
  const { digest, mediaType } = stored.descriptor
  const index = parseManifest(stored.bytes, mediaType) as ImageIndex
  const images = index.manifests.filter((entry) => referenceOf(entry) === undefined)
  const artifacts = new Set<string>(index.manifests.map((entry) => entry.digest))
  for (const { digest } of images) artifacts.delete(digest)
  const subjects = new Set<string | undefined>([subject])
  if (whole || digest === subject) {
    subjects.add(index.subject?.digest)
    for (const image of images) subjects.add(image.digest)
  }
  const nests = digest === subject && images.some(({ mediaType }) => isIndexType(mediaType))
  const window = await withInlined(repo, index.manifests)
  const found = await Promise.all(
    index.manifests.map((entry) => {
      const about = referenceOf(entry)
      if (!isDigest(about) || !isWanted(entry)) return []
      if (!subjects.has(about) && !(nests && !artifacts.has(about))) return []
      return toReferrers(window, about, [entry], via, options, pointsAt)
    }),
  )
  return found.flat()
}

/** Leaves out what was there before, by digest and subject: an artifact may refer to several. */
export function unseen(): (found: readonly Referrer[]) => readonly Referrer[] {
  const seen = new Set<string>()
  return (found) =>
    found.filter(({ digest, subject }) => {
      const key = `${digest} ${subject.digest}`
      return !seen.has(key) && seen.add(key)
    })
}
