/**
 * What a layout's `index.json` says, in memory: manifests, their tags and links, and what is kept of
 * other tools' entries. Reads and writes no files.
 *
 * @module
 */
import { type JsonObject, REF_NAME } from '../../box/layout-document.ts'
import { type Catalog, createCatalog } from '../../embedded/storage/catalog.ts'
import type { Link } from '../../embedded/storage/storage.ts'
import type { Digest } from '../../model/digest.ts'
import {
  type ForeignEntry,
  formatEntry,
  formatIndex,
  type LayoutEntry,
  type LayoutIndex,
} from './index-json.ts'
import type { Loaded } from './load.ts'

/** A manifest. */
export interface HeldManifest extends LayoutEntry {
  /** Whether the same content is a blob. */
  alsoBlob: boolean
  /** Until they are on disk. */
  bytes: Uint8Array<ArrayBuffer> | undefined
}

/** The contents of a layout; changed by the methods here alone. */
export interface Contents {
  readonly catalog: Pick<
    Catalog<HeldManifest>,
    'find' | 'findTag' | 'tagsOf' | 'listTags' | 'listReferrers' | 'stateOf'
  >
  put(manifest: HeldManifest, tags: readonly string[], links: readonly Link[]): void
  delete(digest: Digest): boolean
  deleteTag(tag: string): boolean
  /** Says whether a manifest's content is a blob too. */
  setBlob(manifest: HeldManifest, isBlob: boolean): void
  /** The text of `index.json`. */
  format(): string
}

/**
 * The contents that an index names, as far as its manifests could be loaded.
 *
 * @param broken - those that could not be; their entries are kept, and taken from here once they are written or deleted
 */
export function createContents(
  index: LayoutIndex,
  loaded: readonly Loaded[],
  broken: Map<Digest, string> = new Map(),
): Contents {
  const catalog = createCatalog<HeldManifest>()
  const moreOfTags = new Map<string, JsonObject>()
  let foreign = [...index.foreign, ...entriesOf(index, broken)]

  for (const { entry, links } of loaded) {
    catalog.put(entry.digest, { ...entry, bytes: undefined }, [], links)
  }
  for (const [tag, { digest, more }] of index.tags) {
    if (catalog.putTag(tag, digest)) moreOfTags.set(tag, more)
  }

  /** An entry that is kept as it is must not bring back what was deleted or moved. */
  function forget(tags: readonly string[], deleted?: Digest): void {
    for (const tag of tags) moreOfTags.delete(tag)
    if (deleted) broken.delete(deleted)
    foreign = foreign.filter(
      ({ digest, tag }) =>
        (digest === undefined || digest !== deleted) && (tag === undefined || !tags.includes(tag)),
    )
  }
  /** What is there again has its tags again; those that were moved since are no entries that are kept. */
  function mend(digest: Digest): void {
    if (!broken.delete(digest)) return
    const isTag = (tag: string | undefined) =>
      tag !== undefined && index.tags.get(tag)?.digest === digest
    for (const { tag } of foreign) {
      if (tag === undefined || !isTag(tag)) continue
      catalog.putTag(tag, digest)
      moreOfTags.set(tag, index.tags.get(tag)!.more)
    }
    foreign = foreign.filter(
      (entry) => entry.digest !== digest || !(isTag(entry.tag) || !entry.tag),
    )
  }
  return {
    catalog,
    put(manifest, tags, links) {
      forget(tags)
      catalog.put(manifest.digest, manifest, tags, links)
      mend(manifest.digest)
    },
    delete(digest) {
      forget([...catalog.tagsOf(digest)], digest)
      return catalog.delete(digest)
    },
    deleteTag(tag) {
      forget([tag])
      return catalog.deleteTag(tag)
    },
    setBlob(manifest, isBlob) {
      manifest.alsoBlob = isBlob
    },
    format: () =>
      formatIndex({
        ...index,
        entries: Array.from(catalog.entries(), ([, manifest]) => manifest),
        tagsOf: (digest) =>
          Array.from(catalog.tagsOf(digest), (tag) => [tag, moreOfTags.get(tag) ?? {}] as const),
        foreign,
      }),
  }
}

/** The entries of what could not be loaded. */
function entriesOf(
  { entries, tags }: LayoutIndex,
  broken: ReadonlyMap<Digest, string>,
): readonly ForeignEntry[] {
  return entries.flatMap((entry): readonly ForeignEntry[] => {
    const { digest, more } = entry
    if (!broken.has(digest)) return []
    const own = [...tags].filter(([, tagged]) => tagged.digest === digest)
    return own.length === 0
      ? [{ digest, tag: undefined, value: formatEntry(entry, more, {}) }]
      : own.map(([tag, tagged]) => ({
          ...{ digest, tag },
          value: formatEntry(entry, tagged.more, { [REF_NAME]: tag }),
        }))
  })
}
