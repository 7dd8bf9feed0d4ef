/**
 * Reads what a layout holds: the manifests that its `index.json` names, and those that they list.
 *
 * @module
 */
import { LARGEST_MANIFEST } from '../../box/layout-document.ts'
import { GONE, listsLinks } from '../../box/unreadable.ts'
import { checkedManifest, type Walked, walk } from '../../box/walk.ts'
import type { Link } from '../../embedded/storage/storage.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { LayoutEntry, LayoutIndex } from './index-json.ts'
import { blobPath } from './paths.ts'
import { readWhole } from './read-file.ts'

/** A manifest that is there. */
export interface Loaded {
  readonly entry: LayoutEntry
  readonly links: readonly Link[]
}

/** What could be loaded of a layout. */
export interface LoadedLayout extends Pick<Walked<unknown>, 'broken'> {
  readonly manifests: readonly Loaded[]
}

/**
 * Reads manifests and checks them. What an index lists and is missing, or is not what its digest says, is left out: a
 * layout that other tools made may have parts only.
 */
export async function loadManifests(
  directory: string,
  { entries, tags }: Pick<LayoutIndex, 'entries' | 'tags'>,
): Promise<LoadedLayout> {
  const named = new Map(entries.map((entry) => [entry.digest, entry]))
  const lists = new Set([...tags].flatMap(([tag, { digest }]) => (listsLinks(tag) ? digest : [])))
  const { found, broken } = await walk(entries, lists, (one) => load(directory, one))
  const manifests = found.map(({ descriptor, links }) => ({
    entry: named.get(descriptor.digest) ?? { ...descriptor, alsoBlob: false, more: {} },
    links,
  }))
  return { manifests, broken }
}

async function load(directory: string, descriptor: Descriptor) {
  const bytes = await readWhole(blobPath(directory, descriptor.digest), LARGEST_MANIFEST)
  return bytes ? checkedManifest(descriptor, bytes) : GONE
}
