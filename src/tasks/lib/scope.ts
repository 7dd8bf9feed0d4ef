/**
 * Whose referrers are meant: an index's own, or those of its platform manifests.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isIndexType, isManifestType, parseManifest } from '../../model/manifest.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'

/** The subject itself, the platform manifests in its index, or all of these. */
export type Scope = 'index' | 'platform' | 'all'

export const scopes: readonly Scope[] = ['index', 'platform', 'all']

/** What a scope stands for. */
export interface Scoped {
  /** Those whose referrers are meant. */
  readonly subjects: readonly Digest[]
  /** Indexes that are no subjects themselves, and may tell what belongs to their platforms. */
  readonly indexes: readonly Digest[]
  /** Whether there are more than were looked at. */
  readonly cut: boolean
}

/** Indexes in indexes: nobody makes more than two of them. */
const MAX_NESTING = 8
/** Nor images of so many platforms, each of which every strategy is asked about. */
const MAX_PLATFORMS = 1000

/** What marks an entry that is about another one: of proposals D and F, and of BuildKit. */
const marks = [
  'org.opencontainers.reference',
  'org.opencontainers.reference.digest',
  'vnd.docker.reference.type',
]

/**
 * The subjects that a scope stands for. An image that is no index is its own platform manifest; so is
 * an index that is not there to be read.
 *
 * Requests: none for `'index'`; else `GET` of the subject, and of each index that it lists.
 */
export async function expandSubject(
  repo: Repository,
  subject: Digest,
  scope: Scope,
  signal: AbortSignal | undefined,
): Promise<Scoped> {
  if (scope === 'index') return { subjects: [subject], indexes: [], cut: false }
  const met = new Set([subject])
  const indexes: Digest[] = []
  const images: Digest[] = []
  let cut = false
  let level: readonly Digest[] = [subject]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_NESTING) {
      cut = true
      break
    }
    const lists = await Promise.all(level.map((digest) => platformsOf(repo, digest, signal)))
    lists.forEach((platforms, i) => {
      const own = platforms ? indexes : images
      own.push(level[i]!)
    })
    const nested: Digest[] = []
    for (const { digest, mediaType } of lists.flatMap((platforms) => platforms ?? [])) {
      if (met.has(digest)) continue
      if (met.size > MAX_PLATFORMS) {
        cut = true
        break
      }
      met.add(digest)
      if (isIndexType(mediaType)) nested.push(digest)
      else images.push(digest)
    }
    level = nested
  }
  return scope === 'all'
    ? { subjects: [...indexes, ...images], indexes: [], cut }
    : { subjects: images, indexes, cut }
}

/** The platforms that an index lists; `undefined` where it is none, or not there. */
async function platformsOf(
  repo: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[] | undefined> {
  const stored = await findManifest(repo, digest, { signal })
  if (!stored || !isIndexType(stored.descriptor.mediaType)) return undefined
  const index = parseManifest(stored.bytes, stored.descriptor.mediaType)
  return 'manifests' in index ? index.manifests.filter(isPlatform) : []
}

/**
 * Whether an entry of an index is an image, or an index of images, and nothing that is about one.
 * Entries that say no platform are images of one platform, as some tools write them.
 */
function isPlatform({ mediaType, platform, annotations }: Descriptor): boolean {
  if (!isManifestType(mediaType)) return false
  if (platform?.os === 'unknown' || platform?.architecture === 'unknown') return false
  return !marks.some((mark) => annotations && Object.hasOwn(annotations, mark))
}
