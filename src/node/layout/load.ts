/**
 * Reads what a layout holds: the manifests that its `index.json` names, and those that they list.
 *
 * @module
 */
import pLimit from 'p-limit'
import { LARGEST_MANIFEST } from '../../box/layout-document.ts'
import { readStored } from '../../embedded/storage/links.ts'
import type { Link } from '../../embedded/storage/storage.ts'
import { algorithmOf, digestOf } from '../../model/digest.ts'
import { readWhole } from './durable.ts'
import type { LayoutEntry } from './index-json.ts'
import { blobPath } from './paths.ts'

/** A manifest that is there. */
export interface Loaded {
  readonly entry: LayoutEntry
  readonly links: readonly Link[]
}

// Files read at the same time.
const concurrency = 16

/**
 * Reads manifests and checks them. What is missing or is not what its digest says is left out: a
 * layout that other tools made may have parts only.
 */
export async function loadManifests(
  directory: string,
  named: readonly LayoutEntry[],
): Promise<readonly Loaded[]> {
  const limit = pLimit(concurrency)
  const seen = new Set(named.map(({ digest }) => digest))
  const loaded: Loaded[] = []
  let level = named
  while (level.length > 0) {
    const found = await Promise.all(level.map((entry) => limit(() => load(directory, entry))))
    const next: LayoutEntry[] = []
    for (const { entry, links, children } of found.filter((one) => one !== undefined)) {
      loaded.push({ entry, links })
      for (const { mediaType, digest, size } of children) {
        if (seen.has(digest)) continue
        seen.add(digest)
        next.push({ mediaType, digest, size, alsoBlob: false, more: {} })
      }
    }
    level = next
  }
  return loaded
}

async function load(directory: string, entry: LayoutEntry) {
  const { mediaType, digest, size } = entry
  const bytes = await readWhole(blobPath(directory, digest), LARGEST_MANIFEST)
  if (bytes?.byteLength !== size) return undefined
  if ((await digestOf(bytes, algorithmOf(digest))) !== digest) return undefined
  return { entry, ...readStored({ digest, mediaType, bytes }) }
}
