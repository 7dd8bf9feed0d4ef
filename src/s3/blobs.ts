/**
 * Blobs: an object each, in the repository that has them.
 *
 * @module
 */

import type { BlobUse, StoredBlob } from '../embedded/storage/storage.ts'
import { RegistryError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { assemble } from './assemble.ts'
import { deleteObject, headObject } from './client/objects.ts'
import { openObject, readPart } from './client/read-object.ts'
import type { Store } from './client/store.ts'
import { errorOf } from './client/xml.ts'
import type { Context } from './context.ts'
import { keysOf } from './keys.ts'
import { markKnown } from './known.ts'

/** Seconds for which a signed address holds. */
const SIGNED_FOR = 1200

/** Finds a blob, by one request; by none where it is only checked and was seen a moment ago. */
export async function findBlob(
  context: Context,
  digest: Digest,
  use: BlobUse | undefined,
): Promise<StoredBlob | undefined> {
  const { store, keys, seen, redirect } = context
  const key = keys.blob(digest)
  const known = use?.to === 'check' ? seen.get(key) : undefined
  if (known !== undefined) return blobOf(context, key, known)
  if (use?.to === 'read' && !redirect) return openBlob(context, key, use.range)
  const headers = await headObject(store, key)
  if (!headers) {
    seen.delete(key)
    return undefined
  }
  const size = Number(headers.get('content-length'))
  seen.set(key, size)
  const blob = blobOf(context, key, size)
  if (use?.to !== 'read') return blob
  const query = { 'response-content-type': 'application/octet-stream' }
  return { ...blob, location: await store.signedUrl(key, query, SIGNED_FOR) }
}

function blobOf({ store }: Context, key: string, size: number): StoredBlob {
  return { size, stream: (start = 0, end = size) => readPart(store, key, start, end) }
}

/** A blob whose bytes are on their way already. */
async function openBlob(
  context: Context,
  key: string,
  range: string | undefined,
): Promise<StoredBlob | undefined> {
  const opened = await openObject(context.store, key, range)
  if (!opened) return undefined
  const { size } = opened
  let isUsed = false
  const drop = () => {
    if (!isUsed) opened.drop()
    isUsed = true
  }
  return {
    size,
    drop,
    stream(start = 0, end = size) {
      if (!isUsed && start === opened.start && end === opened.end) {
        isUsed = true
        return opened.stream()
      }
      drop()
      return readPart(context.store, key, start, end)
    },
  }
}

/** Makes a blob of another repository this one's too, without its bytes coming here. */
export async function linkBlob(context: Context, digest: Digest, from: string): Promise<boolean> {
  const { store, keys, seen } = context
  const key = keys.blob(digest)
  const source = keysOf(store.place.prefix, from).blob(digest)
  const copied =
    source !== key && (await copyObject(store, source, key, { size: seen.get(source) }))
  if (copied) return true
  const headers = await headObject(store, key)
  if (headers) seen.set(key, Number(headers.get('content-length')))
  return headers !== undefined
}

/**
 * Copies an object inside of the store.
 *
 * @param etag - what it must have
 * @param size - its bytes, where they are known
 * @returns false where there is none
 */
export async function copyObject(
  store: Store,
  source: string,
  key: string,
  { etag, size = MOST_COPIED }: { etag?: string | undefined; size?: number | undefined },
): Promise<boolean> {
  const headers = {
    'x-amz-copy-source': store.place.sourceOf(source),
    ...(etag && { 'x-amz-copy-source-if-match': etag }),
  }
  const answer = await store.send({
    method: 'PUT',
    key,
    headers,
    copies: size,
    answers: [400, 404],
  })
  const { code } = await errorOf(answer.bytes)
  if (answer.status === 404 && code !== 'NoSuchBucket') return false
  // An answer of 200 may still be an error, which came too late for its status.
  if (answer.status === 200 && code === undefined) return true
  const found = await headObject(store, source)
  if (!found) return false
  const whole = Number(found.get('content-length'))
  if (whole <= MOST_COPIED && code !== undefined) {
    const url = store.place.show(key)
    throw new RegistryError({ status: 500, method: 'PUT', url, errors: [{ code }] })
  }
  await assemble(store, key, slices(source, whole, found.get('etag') ?? ''), new Uint8Array())
  return true
}

/** What one request copies, 5 GiB (Amazon S3, "CopyObject"). */
const MOST_COPIED = 5 * 1024 ** 3

/** Bytes of one part of a larger copy. */
const SLICE = 1024 ** 3

function slices(key: string, size: number, etag: string) {
  return Array.from({ length: Math.ceil(size / SLICE) }, (_, at) => ({
    key,
    etag,
    start: at * SLICE,
    size: Math.min(SLICE, size - at * SLICE),
    isPart: true,
  }))
}

/** Deletes a blob. */
export async function deleteBlob(context: Context, digest: Digest): Promise<boolean> {
  const { store, keys, seen } = context
  const key = keys.blob(digest)
  const found = await headObject(store, key)
  seen.delete(key)
  if (!found) return false
  await markKnown(context)
  await deleteObject(store, key)
  seen.delete(key)
  return true
}
