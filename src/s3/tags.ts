/**
 * Tags: an object each, which holds the digest and something that no other write has, so that no two
 * writes have one ETag. A tag that is gone is a short object: stores cannot delete on a condition.
 *
 * @module
 */
import type { StoredTag } from '../embedded/storage/storage.ts'
import { type Digest, isDigest } from '../model/digest.ts'
import { listAll } from './client/list.ts'
import { absent, type Condition, getObject, putObjectIf, same } from './client/objects.ts'
import type { Store } from './client/store.ts'
import { escapedTag, type Keys, unescaped } from './keys.ts'
import { nonce } from './nonce.ts'

/** A tag as it was read. */
export interface ReadTag {
  /** Undefined where the tag is gone, or never was. */
  readonly digest: Digest | undefined
  /** What a write of it must find. */
  readonly condition: Condition
}

/** Shorter than any digest. */
const GONE_BYTES = 40

/** Reads a tag. */
export async function readTag(
  store: Store,
  keys: Keys,
  tag: string,
  until?: number,
): Promise<ReadTag> {
  const found = await getObject(store, keys.tag(tag), until)
  if (!found) return { digest: undefined, condition: absent }
  const [digest] = new TextDecoder().decode(found.bytes).split(' ')
  return { digest: isDigest(digest) ? digest : undefined, condition: same(found.etag) }
}

/**
 * Points a tag at a manifest, or at nothing.
 *
 * @returns false where the tag is not as it was read any more
 */
export async function writeTag(
  store: Store,
  keys: Keys,
  tag: string,
  digest: Digest | undefined,
  condition: Condition,
  until?: number,
): Promise<boolean> {
  const body = new TextEncoder().encode(digest === undefined ? nonce() : `${digest} ${nonce()}`)
  return (await putObjectIf(store, keys.tag(tag), body, condition, { until })) !== undefined
}

/** Whether an object of this size is a tag that is gone. */
export function isGone(size: number): boolean {
  return size < GONE_BYTES
}

/** Tags in the order of bytes, without what they point at. */
export async function* listTags(
  store: Store,
  keys: Keys,
  after?: string,
): AsyncGenerator<StoredTag> {
  const query = {
    prefix: keys.tags,
    after: after === undefined ? undefined : keys.tags + escapedTag(after),
  }
  for await (const { key, size } of listAll(store, query)) {
    if (!isGone(size)) yield { tag: unescaped(key.slice(keys.tags.length)) }
  }
}
