/**
 * Whose referrers are meant: an index's own, or those of its platform manifests.
 *
 * @module
 */
import { ContentError, InvalidInputError, isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Entries, parseEntries } from '../../model/entries.ts'
import { isIndexType, isManifestType } from '../../model/manifest.ts'
import { getManifest } from '../../registry/manifests.ts'
import { internalsOf, type Repository, warn } from '../../registry/repository.ts'
import { isLinkEntry } from '../../strategies/marks.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import type { Scope } from './scope-name.ts'

/** What a scope stands for. */
export interface Scoped {
  /** Those whose referrers are meant. */
  readonly subjects: readonly Digest[]
  /** Indexes that are no subjects themselves, and may say what belongs to their platforms. */
  readonly indexes: readonly Digest[]
  /** The entries by which indexes list them; none for the subject itself. */
  readonly entries: ReadonlyMap<Digest, Descriptor>
  /** Why there may be more than these, where that is so. */
  readonly cut: Error | undefined
}

/** Indexes in indexes: nobody makes more than two of them. */
export const MAX_NESTING = 8
/** Nor images of so many platforms, each of which is read through every strategy. */
export const MAX_PLATFORMS = 1000

/**
 * The subjects that a scope stands for. An image that is no index is its own platform manifest. What cannot be read is
 * taken for an index, of whose platforms nothing is known.
 *
 * Requests: none for `'index'`; else `GET` of the subject, and of each index that it lists.
 *
 * @param strategies - ways of linking beside those of ocilink/strategies: what they mark is no platform
 */
export async function expandSubject(
  repo: Repository,
  subject: Digest,
  scope: Scope,
  strategies: readonly Strategy[],
  signal: AbortSignal | undefined,
): Promise<Scoped> {
  if (scope === 'index')
    return { subjects: [subject], indexes: [], entries: new Map(), cut: undefined }
  const isLink = (entry: Descriptor) =>
    isLinkEntry(entry) || strategies.some((strategy) => strategy.marks?.(entry))
  const { indexes, images, entries, cut } = await walkIndexes(repo, subject, isLink, signal)
  return scope === 'all'
    ? { subjects: [...indexes, ...images], indexes: [], entries, cut }
    : { subjects: images, indexes, entries, cut }
}

/** What an index leads to. */
interface Walk {
  readonly met: Set<Digest>
  readonly indexes: Digest[]
  readonly images: Digest[]
  readonly entries: Map<Digest, Descriptor>
  /** Why there may be more. */
  cut: Error | undefined
}

async function walkIndexes(
  repo: Repository,
  subject: Digest,
  isLink: (entry: Descriptor) => boolean,
  signal: AbortSignal | undefined,
): Promise<Walk> {
  const walk: Walk = {
    met: new Set([subject]),
    indexes: [],
    images: [],
    entries: new Map(),
    cut: undefined,
  }
  let level: readonly Digest[] = [subject]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_NESTING) {
      walk.cut ??= tooMany('indexes in indexes', MAX_NESTING)
      break
    }
    const lists = await Promise.all(level.map((digest) => entriesOf(repo, digest, signal)))
    lists.forEach((list, i) => {
      const own = list === 'image' ? walk.images : walk.indexes
      own.push(level[i]!)
      if (list !== 'image') walk.cut ??= list.unreadable[0]?.error
    })
    const entries = lists.flatMap((list) => (list === 'image' ? [] : list.entries))
    level = enter(
      walk,
      entries.filter((entry) => isPlatform(entry) && !isLink(entry)),
    )
  }
  return walk
}

/** Adds what was not met before, and gives the indexes among it. */
function enter(walk: Walk, platforms: readonly Descriptor[]): readonly Digest[] {
  const nested: Digest[] = []
  for (const entry of platforms) {
    const { digest, mediaType } = entry
    if (walk.met.has(digest)) continue
    if (walk.met.size > MAX_PLATFORMS) {
      walk.cut ??= tooMany('platforms', MAX_PLATFORMS)
      break
    }
    walk.met.add(digest)
    walk.entries.set(digest, entry)
    if (isIndexType(mediaType)) nested.push(digest)
    else walk.images.push(digest)
  }
  return nested
}

/** What an index lists, and why something of it cannot be read. */
interface Listed extends Pick<Entries, 'entries'> {
  readonly unreadable: readonly { readonly error: Error }[]
}

/** Why not all was followed. */
export function tooMany(what: string, most: number): ContentError {
  return new ContentError('TOO_LARGE', what, most, `more than ${most}`)
}

/** Reads what an index lists. */
async function entriesOf(
  repo: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<'image' | Listed> {
  const leaveOut = (what: string) => warn(repo, `${what}: its platforms are not known`)
  try {
    const { bytes, descriptor } = await getManifest(repo, digest, { signal })
    if (!isIndexType(descriptor.mediaType)) return 'image'
    const list = parseEntries(bytes, descriptor.mediaType)
    if (!list)
      throw new InvalidInputError('INVALID_MANIFEST', 'manifest.manifests', 'a list', undefined)
    for (const { error } of list.unreadable) leaveOut(`An entry of ${digest}: ${error.message}`)
    return list
  } catch (error) {
    signal?.throwIfAborted()
    const passes = isOcilinkError(error, 'CONNECTION', 'TIMEOUT', 'RATE_LIMITED', 'UNAVAILABLE')
    if (!isOcilinkError(error) || passes || error === internalsOf(repo).budget?.failure) throw error
    leaveOut(`${digest} cannot be read (${error.message})`)
    return { entries: [], unreadable: [{ error }] }
  }
}

/**
 * Whether an entry of an index is an image, or an index of images. Entries that say no platform are images of
 * one platform, as some tools write them.
 */
function isPlatform({ mediaType, platform }: Descriptor): boolean {
  if (!isManifestType(mediaType)) return false
  return platform?.os !== 'unknown' && platform?.architecture !== 'unknown'
}
