/**
 * Tags: an object each, which holds the digest and something that no other write has, so that no two
 * writes have one ETag. A tag that is gone is a short object: stores cannot delete on a condition.
 *
 * @module
 */
import type { StoredTag } from '../embedded/storage/storage.ts'
import { isTag } from '../embedded/wire/names.ts'
import { ContentError } from '../errors.ts'
import { type Digest, isDigest } from '../model/digest.ts'
import { listAll } from './client/list.ts'
import { absent, type Condition, getObject, putObjectIf, same } from './client/objects.ts'
import type { Store } from './client/store.ts'
import { escapedTag, type Keys, unescaped } from './keys.ts'
import { nonce } from './nonce.ts'

/** A tag as it was read. */
export interface ReadTag {
  /** Undefined where the tag is gone, or never was, or its object holds something else. */
  readonly digest: Digest | undefined
  /** Whether its object holds something else. */
  readonly isDamaged: boolean
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
  if (!found) return { digest: undefined, isDamaged: false, condition: absent }
  const [text] = new TextDecoder().decode(found.bytes).split(' ')
  const digest = isDigest(text) ? text : undefined
  const isDamaged = digest === undefined && !isGone(found.bytes.byteLength)
  return { digest, isDamaged, condition: same(found.etag) }
}

/**
 * What a tag points at; undefined where there is none.
 *
 * @throws {@link ContentError} `DIGEST_MISMATCH` where somebody else has changed it
 */
export async function findTag(store: Store, keys: Keys, tag: string): Promise<Digest | undefined> {
  const { digest, isDamaged } = await readTag(store, keys, tag)
  if (isDamaged) {
    const hint = 'It is damaged: push the tag again'
    throw new ContentError('DIGEST_MISMATCH', keys.tag(tag), 'a digest', 'something else', { hint })
  }
  return digest
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
    const tag = unescaped(key.slice(keys.tags.length))
    // Others may have put objects there.
    if (isTag(tag) && !isGone(size)) yield { tag }
  }
}
