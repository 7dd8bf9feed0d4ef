/**
 * Artifacts in an image's own index, listed there by its publisher; each entry names what it refers to (proposal D,
 * "JSON Schema"; proposal F, "Enhanced Image").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { isIndexType } from '../../model/manifest.ts'
import { fieldsOf } from '../../platform/body.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'
import { withInlined } from './inlined.ts'
import type { PointsAt } from './points-at.ts'
import { readIndex } from './read-index.ts'
import { toReferrers } from './referrer.ts'

/** How the entries of one kind link. */
export interface EntryLinks {
  readonly via: Via
  readonly pointsAt: PointsAt
  /** What an entry refers to; nothing where it is an image. */
  referenceOf(entry: Descriptor): string | undefined
  /** Whether an entry may pass the filters. */
  isWanted?(entry: Descriptor): boolean
}

/**
 * The entries of an index that refer to a subject. Where the subject is the index itself, these are the entries that
 * refer to an image in it or to its own subject; where it lists other indexes, also those that refer to something it
 * does not list, which may be in one of them. An entry that refers to another artifact of the index is a referrer of
 * that artifact, not of the subject.
 *
 * @param whole - whether all of the index is about the subject, though it has another digest
 */
export async function referringEntries(
  repo: Repository,
  subject: Digest,
  stored: StoredManifest | undefined,
  { via, pointsAt, referenceOf, isWanted = () => true }: EntryLinks,
  options: FindOptions,
  whole = false,
): Promise<readonly Referrer[]> {
  const entries = stored && readIndex(repo, stored, options)
  if (!stored || !entries?.length) return []
  const { digest } = stored.descriptor
  const images = entries.filter((entry) => referenceOf(entry) === undefined)
  const artifacts = new Set<string>(entries.map((entry) => entry.digest))
  for (const { digest } of images) artifacts.delete(digest)
  const subjects = new Set<string | undefined>([subject])
  if (whole || digest === subject) {
    subjects.add(linkedBy(stored))
    for (const image of images) subjects.add(image.digest)
  }
  const nests = digest === subject && images.some(({ mediaType }) => isIndexType(mediaType))
  const window = await withInlined(repo, entries)
  const found = await Promise.all(
    entries.map((entry) => {
      const about = referenceOf(entry)
      if (!isDigest(about) || !isWanted(entry)) return []
      if (!subjects.has(about) && !(nests && !artifacts.has(about))) return []
      return toReferrers(window, about, [entry], via, options, pointsAt)
    }),
  )
  return found.flat()
}

/** The digest of an index' own subject. */
function linkedBy({ bytes }: StoredManifest): string | undefined {
  const { subject } = fieldsOf(bytes) as { readonly subject?: Partial<Descriptor> | null }
  return subject?.digest
}

/** Drops referrers that came before, by digest and subject: one artifact may refer to several subjects. */
export function unseen(): (found: readonly Referrer[]) => readonly Referrer[] {
  const seen = new Set<string>()
  return (found) =>
    found.filter(({ digest, subject }) => {
      const key = `${digest} ${subject.digest}`
      return !seen.has(key) && seen.add(key)
    })
}
