/**
 * The index at a subject's referrers tag (distribution-spec 1.1, "Referrers Tag Schema"). In layouts too: regctl
 * finds referrers there by this tag alone.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { entriesOf, parseObject, readEntry } from './layout-document.ts'

/** What an index is made of. */
export interface ReferrersIndexParts {
  /** The subject's referrers, as they are listed. */
  readonly listed: readonly Descriptor[]
  /** The bytes at the tag now. */
  readonly before?: Uint8Array | undefined
  /** Whether a manifest is there; entries of others are dropped. What is no entry is kept as it is. */
  readonly isThere: (digest: Digest) => boolean
}

/** An index that should be at a referrers tag. */
export interface ReferrersIndex {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Whether it lists nothing, so that the tag may go. */
  readonly isEmpty: boolean
}

/**
 * The index that should be at the tag: the entries that are there, as they are, then those that are missing.
 * Undefined where nothing is to be changed, and where it would be larger than what clients read.
 */
export function referrersIndex(parts: ReferrersIndexParts): ReferrersIndex | undefined {
  const { listed, before, isThere } = parts
  const old = before === undefined ? [] : entriesIn(before)
  if (!old) return undefined
  const digests = new Map(old.map((value) => [value, readEntry(value)?.digest]))
  const kept = old.filter((value) => {
    const digest = digests.get(value)
    return digest === undefined || isThere(digest)
  })
  const known = new Set(kept.map((value) => digests.get(value)))
  const added = listed.filter(({ digest }) => !known.has(digest))
  if (added.length === 0 && kept.length === old.length) return undefined
  const manifests = [...kept, ...added]
  const text = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests })
  const bytes = new TextEncoder().encode(text)
  if (bytes.byteLength > MANIFEST_LIMIT) return undefined
  return { bytes, isEmpty: manifests.length === 0 }
}

/** Entries of an index; undefined for what is no index, which somebody else has put there. */
function entriesIn(bytes: Uint8Array): readonly unknown[] | undefined {
  const path = 'referrers tag'
  try {
    return entriesOf(parseObject(new TextDecoder().decode(bytes), path), path)
  } catch {
    return undefined
  }
}
