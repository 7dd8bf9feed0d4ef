/**
 * Going through the manifests of a layout: those that are named, then those that they list.
 *
 * @module
 */
import pLimit from 'p-limit'
import { readStored } from '../embedded/storage/links.ts'
import type { Link } from '../embedded/storage/storage.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, type Digest, digestOf } from '../model/digest.ts'
import { isKnownManifestType } from '../model/media-types.ts'
import { CHANGED, OTHER_SIZE } from './unreadable.ts'

/** A manifest that is what its digest says. */
export interface WalkedManifest {
  readonly descriptor: Descriptor
  readonly links: readonly Link[]
  readonly children: readonly Descriptor[]
}

/** What a walk came by. */
export interface Walked<T> {
  readonly found: readonly T[]
  /** What is named, or listed at a referrers tag, and cannot be read: what is wrong with it. */
  readonly broken: Map<Digest, string>
  /** All that is named or listed. */
  readonly seen: ReadonlySet<Digest>
}

/** Files read at the same time. */
export const CONCURRENCY = 16

/**
 * Reads manifests level by level, each once.
 *
 * @param lists - indexes among them whose entries are links: what others list may be missing
 * @param read - gives what is wrong where a manifest cannot be read
 */
export async function walk<T extends WalkedManifest>(
  named: readonly Descriptor[],
  lists: ReadonlySet<Digest>,
  read: (descriptor: Descriptor) => Promise<T | string>,
): Promise<Walked<T>> {
  const limit = pLimit(CONCURRENCY)
  const seen = new Set<Digest>()
  const links = new Set(named.map(({ digest }) => digest))
  const found: T[] = []
  const broken = new Map<Digest, string>()
  for (let level = unseen(named, seen); level.length > 0; ) {
    const reads = await Promise.all(level.map((descriptor) => limit(() => read(descriptor))))
    const children: Descriptor[] = []
    for (const [at, { digest, mediaType }] of level.entries()) {
      const one = reads[at]!
      if (typeof one === 'string') {
        if (links.has(digest) && isKnownManifestType(mediaType)) broken.set(digest, one)
        continue
      }
      found.push(one)
      for (const child of one.children) {
        children.push(child)
        if (lists.has(digest)) links.add(child.digest)
      }
    }
    level = unseen(children, seen)
  }
  return { found, broken, seen }
}

/** Those that were not seen, each once; they are seen now. */
function unseen(descriptors: readonly Descriptor[], seen: Set<Digest>): readonly Descriptor[] {
  return descriptors.filter(({ digest }) => !seen.has(digest) && seen.add(digest))
}

/** What bytes say as a manifest, or what is wrong with them. */
export async function checkedManifest(
  { mediaType, digest, size }: Descriptor,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<WalkedManifest | string> {
  if ((await digestOf(bytes, algorithmOf(digest))) !== digest) return CHANGED
  if (bytes.byteLength !== size) return OTHER_SIZE
  return { descriptor: { mediaType, digest, size }, ...readStored({ digest, mediaType, bytes }) }
}
