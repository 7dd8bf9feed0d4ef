/**
 * Artifacts that whoever publishes an image lists in its index, each entry saying what it refers to
 * (proposal D, "JSON Schema"; proposal F, "Enhanced Image"). Loaded when such an index is read.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { type Digest, isDigest } from '../model/digest.ts'
import { type ImageIndex, isIndexType, parseManifest } from '../model/manifest.ts'
import type { StoredManifest } from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'
import { withInlined } from './_inlined.ts'
import { type PointsAt, toReferrers } from './_referrer.ts'
import type { DiscoverOptions, Referrer, Via } from './strategy.ts'

/** A kind of links that entries have. */
export interface EntryLinks {
  readonly via: Via
  readonly pointsAt: PointsAt
  /** What an entry refers to; nothing where it is an image, or not wanted. */
  referenceOf(entry: Descriptor): string | undefined
}

/**
 * The entries of an index that refer to a subject. Where the subject is the index itself, those that
 * refer to something that it lists, or to what it refers to in turn.
 *
 * @param whole - whether the index is all about the subject, without being it
 */
export async function referringEntries(
  repo: Repository,
  subject: Digest,
  stored: StoredManifest | undefined,
  { via, pointsAt, referenceOf }: EntryLinks,
  options: DiscoverOptions,
  whole = false,
): Promise<readonly Referrer[]> {
  if (!stored || !isIndexType(stored.descriptor.mediaType)) return []
  const { digest, mediaType } = stored.descriptor
  const index = parseManifest(stored.bytes, mediaType) as ImageIndex
  const subjects = new Set<string | undefined>([subject])
  if (whole || digest === subject) {
    subjects.add(index.subject?.digest)
    for (const entry of index.manifests) subjects.add(entry.digest)
  }
  const window = await withInlined(repo, index.manifests)
  const found = await Promise.all(
    index.manifests.map((entry) => {
      const about = referenceOf(entry)
      if (!isDigest(about) || !subjects.has(about)) return []
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
