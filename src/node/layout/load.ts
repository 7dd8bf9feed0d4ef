/**
 * Reads what a layout holds: the manifests that its `index.json` names, and those that they list.
 *
 * @module
 */
import pLimit from 'p-limit'
import { LARGEST_MANIFEST } from '../../box/layout-document.ts'
import { CHANGED, GONE, listsLinks, OTHER_SIZE } from '../../box/unreadable.ts'
import { readStored } from '../../embedded/storage/links.ts'
import type { Link } from '../../embedded/storage/storage.ts'
import { algorithmOf, type Digest, digestOf } from '../../model/digest.ts'
import { isKnownManifestType } from '../../model/media-types.ts'
import { readWhole } from './durable.ts'
import type { LayoutEntry, LayoutIndex } from './index-json.ts'
import { blobPath } from './paths.ts'

/** A manifest that is there. */
export interface Loaded {
  readonly entry: LayoutEntry
  readonly links: readonly Link[]
}

// Files read at the same time.
const concurrency = 16

/** What could be loaded of a layout. */
export interface LoadedLayout {
  readonly manifests: readonly Loaded[]
  /** What `index.json` names, or a referrers tag lists, and cannot be read: what is wrong with it. */
  readonly broken: Map<Digest, string>
}

/**
 * Reads manifests and checks them. What an index lists and is missing, or is not what its digest says, is left out: a
 * layout that other tools made may have parts only.
 */
export async function loadManifests(
  directory: string,
  { entries, tags }: Pick<LayoutIndex, 'entries' | 'tags'>,
): Promise<LoadedLayout> {
  const limit = pLimit(concurrency)
  const seen = new Set(entries.map(({ digest }) => digest))
  const links = new Set(seen)
  const lists = new Set([...tags].flatMap(([tag, { digest }]) => (listsLinks(tag) ? digest : [])))
  const manifests: Loaded[] = []
  const broken = new Map<Digest, string>()
  let level = entries
  while (level.length > 0) {
    const found = await Promise.all(level.map((entry) => limit(() => load(directory, entry))))
    const next: LayoutEntry[] = []
    for (const [at, entry] of level.entries()) {
      const read = found[at]!
      if (typeof read === 'string') {
        const isLink = links.has(entry.digest) && isKnownManifestType(entry.mediaType)
        if (isLink) broken.set(entry.digest, read)
        continue
      }
      manifests.push({ entry, links: read.links })
      for (const { mediaType, digest, size } of read.children) {
        if (lists.has(entry.digest)) links.add(digest)
        if (seen.has(digest)) continue
        seen.add(digest)
        next.push({ mediaType, digest, size, alsoBlob: false, more: {} })
      }
    }
    level = next
  }
  return { manifests, broken }
}

async function load(directory: string, { mediaType, digest, size }: LayoutEntry) {
  const bytes = await readWhole(blobPath(directory, digest), LARGEST_MANIFEST)
  if (!bytes) return GONE
  if ((await digestOf(bytes, algorithmOf(digest))) !== digest) return CHANGED
  if (bytes.byteLength !== size) return OTHER_SIZE
  return readStored({ digest, mediaType, bytes })
}
