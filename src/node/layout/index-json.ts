/**
 * A layout's `index.json` as text and as what it says (image-spec 1.1, image-layout.md). What other
 * tools wrote there and this package does not understand is kept.
 *
 * @module
 */
import { join } from 'node:path'
import { nameOf } from '../../box/entries.ts'
import {
  entriesOf,
  type JsonObject,
  LARGEST_MANIFEST,
  parseObject,
  REF_NAME,
  readEntry,
} from '../../box/layout-document.ts'
import { isTag } from '../../embedded/wire/names.ts'
import type { Digest } from '../../model/digest.ts'
import { IMAGE_INDEX, isMediaType } from '../../model/media-types.ts'

/** An `index.json` that names nothing. */
export const EMPTY_INDEX: string = JSON.stringify({
  schemaVersion: 2,
  mediaType: IMAGE_INDEX,
  manifests: [],
})

/** Says that a manifest was pushed as a blob, too: deleting one must leave the other. */
const alsoBlob = 'dev.ocilink.also-blob'

/** Path of a layout's index. */
export function indexPath(layout: string): string {
  return join(layout, 'index.json')
}

/** A manifest of a layout. */
export interface LayoutEntry {
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  /** Whether the same content was pushed as a blob. */
  readonly alsoBlob: boolean
  /** What an untagged entry says besides. */
  readonly more: JsonObject
}

/** An entry that is kept as it is. */
export interface ForeignEntry {
  readonly digest: Digest | undefined
  /** Its name, whether it could be a tag or not. */
  readonly tag: string | undefined
  readonly value: unknown
}

/** What an `index.json` says. */
export interface LayoutIndex {
  readonly entries: readonly LayoutEntry[]
  /** Tags by name; the first entry of a name counts. */
  readonly tags: ReadonlyMap<string, { readonly digest: Digest; readonly more: JsonObject }>
  /** Entries that are no manifest or whose name is no tag, or not the first of that name. */
  readonly foreign: readonly ForeignEntry[]
  /** Fields of the index beside its entries. */
  readonly more: JsonObject
}

/**
 * Reads an `index.json`.
 *
 * @throws `InvalidInputError` naming the file, where it is no index
 */
export function parseIndex(text: string, path: string): LayoutIndex {
  const document = parseObject(text, path)
  const { manifests: _, ...more } = document
  const entries = new Map<Digest, LayoutEntry>()
  const tags = new Map<string, { digest: Digest; more: JsonObject }>()
  const foreign: ForeignEntry[] = []
  for (const value of entriesOf(document, path)) {
    const entry = parseEntry(value)
    const tag = entry?.tag
    if (!entry || (tag !== undefined && (!isTag(tag) || tags.has(tag)))) {
      foreign.push({ digest: entry?.digest, tag, value })
    }
    if (!entry) continue
    const known = entries.get(entry.digest)
    const own = tag === undefined ? entry.more : (known?.more ?? {})
    const also = entry.alsoBlob || known?.alsoBlob === true
    entries.set(entry.digest, { ...entry, alsoBlob: also, more: own })
    if (tag !== undefined && isTag(tag) && !tags.has(tag)) {
      tags.set(tag, { digest: entry.digest, more: entry.more })
    }
  }
  return { entries: [...entries.values()], tags, foreign, more }
}

/** Writes an `index.json`: an entry for each tag, and one for each manifest without. */
export function formatIndex(index: {
  readonly entries: Iterable<LayoutEntry>
  readonly tagsOf: (digest: Digest) => Iterable<readonly [tag: string, more: JsonObject]>
  readonly foreign: readonly ForeignEntry[]
  readonly more: JsonObject
}): string {
  const manifests: unknown[] = []
  const named = new Set(index.foreign.map(({ digest }) => digest))
  for (const entry of index.entries) {
    const before = manifests.length
    for (const [tag, more] of index.tagsOf(entry.digest)) {
      manifests.push(formatEntry(entry, more, { [REF_NAME]: tag }))
    }
    const unnamed = manifests.length === before && !named.has(entry.digest)
    if (unnamed || (entry.alsoBlob && manifests.length === before)) {
      manifests.push(formatEntry(entry, entry.more, {}))
    }
  }
  const { schemaVersion, mediaType, ...more } = index.more
  return JSON.stringify({
    schemaVersion: schemaVersion ?? 2,
    mediaType: mediaType ?? IMAGE_INDEX,
    manifests: [...manifests, ...index.foreign.map(({ value }) => value)],
    ...more,
  })
}

/** An entry; `own` is its name, and `more` what it says besides. */
export function formatEntry(
  entry: LayoutEntry,
  more: JsonObject,
  own: Record<string, string>,
): unknown {
  const { mediaType, digest, size } = entry
  const annotations = {
    ...own,
    ...(more.annotations as JsonObject | undefined),
    ...(entry.alsoBlob && { [alsoBlob]: 'true' }),
  }
  const annotated = Object.keys(annotations).length > 0
  return { mediaType, digest, size, ...more, ...(annotated && { annotations }) }
}

function parseEntry(value: unknown): (LayoutEntry & { tag: string | undefined }) | undefined {
  const descriptor = readEntry(value)
  if (!descriptor) return undefined
  const { mediaType, digest, size, annotations, ...more } = descriptor
  // Its type is a header of answers.
  if (size > LARGEST_MANIFEST || !isMediaType(mediaType)) return undefined
  const { [REF_NAME]: text, [alsoBlob]: also, ...others } = annotations ?? {}
  const tag = text === undefined ? undefined : (nameOf(descriptor).tag ?? text)
  // A full reference, as crane and skopeo write it, stays what it is while its tag is not moved.
  const kept = tag === text ? others : { ...others, [REF_NAME]: text }
  const rest = Object.keys(kept).length > 0 ? { ...more, annotations: kept } : more
  return { mediaType, digest, size, tag, alsoBlob: also === 'true', more: rest }
}
