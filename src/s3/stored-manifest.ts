/**
 * Manifests as objects: the bytes, their type as `Content-Type`, and the names of their links beside them.
 *
 * @module
 */
import type { StoredManifest } from '../embedded/storage/storage.ts'
import { ContentError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, type Digest, digestOf } from '../model/digest.ts'
import { isObject } from '../platform/options.ts'
import { getObject, headObject, putObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { findLinks } from './find-links.ts'
import { isLinkObjects, type LinkObject } from './link-keys.ts'
import { isTexts, readJson } from './stored-json.ts'

/** A manifest and what belongs to it. */
export interface FoundManifest {
  readonly mediaType: string
  readonly size: number
  /** The `id` of the push that wrote it. */
  readonly pushedBy: string
  readonly links: readonly LinkObject[]
}

/** What stands beside the bytes. */
interface About {
  /** The push. */
  readonly p: string
  /** Names of links; 1 where they have an object of their own. */
  readonly l: readonly string[] | 1
}

/** Of all that an object may have beside its bytes, 2 KB (Amazon S3, "User-defined object metadata"). */
const MOST_METADATA = 1500

const HEADER = 'x-amz-meta-ocilink'

/**
 * Reads a manifest.
 *
 * @throws {@link ContentError} `DIGEST_MISMATCH` where somebody else has changed it
 */
export async function findManifest(
  { store, keys }: Context,
  digest: Digest,
): Promise<StoredManifest | undefined> {
  const key = keys.manifest(digest)
  const found = await getObject(store, key)
  if (!found) return undefined
  const actual = await digestOf(found.bytes, algorithmOf(digest))
  if (actual !== digest) {
    const hint = 'It is damaged: delete it, and push it again'
    throw new ContentError('DIGEST_MISMATCH', key, digest, actual, { hint })
  }
  const mediaType = found.headers.get('content-type') ?? ''
  return { digest, mediaType, bytes: found.bytes }
}

/** What is there under a digest. */
export async function headManifest(
  { store, keys }: Context,
  digest: Digest,
): Promise<Descriptor | undefined> {
  const headers = await headObject(store, keys.manifest(digest))
  return headers && { mediaType: headers.get('content-type') ?? '', digest, size: sizeIn(headers) }
}

/** A manifest with its links. */
export async function describeManifest(
  { store, keys }: Context,
  digest: Digest,
  until: number,
): Promise<FoundManifest | undefined> {
  const headers = await headObject(store, keys.manifest(digest), until)
  if (!headers) return undefined
  const about = readJson(headers.get(HEADER), isAbout)
  const named = about?.l === 1 ? await readLinked() : about?.l.map((rest) => ({ rest }))
  return {
    mediaType: headers.get('content-type') ?? '',
    size: sizeIn(headers),
    pushedBy: about?.p ?? '',
    // Whoever deletes it must take them all away, or lists would name what is gone.
    links: named ?? (await findLinks({ store, keys }, digest)),
  }

  async function readLinked(): Promise<readonly LinkObject[] | undefined> {
    const found = await getObject(store, keys.linked(digest), until)
    return found && readJson(found.bytes, isLinkObjects)
  }
}

/**
 * Writes a manifest, and the names of its links with it.
 *
 * @param over - whether one that is there is replaced
 * @returns false where there is one, be it that an earlier try wrote it; `pushedBy` tells
 */
export async function writeManifest(
  { store, keys }: Context,
  { digest, mediaType, bytes }: StoredManifest,
  links: readonly LinkObject[],
  by: { readonly id: string; readonly until: number; readonly over: boolean },
): Promise<boolean> {
  const { id, until, over } = by
  const names = links.map(({ rest }) => rest)
  const short = text({ p: id, l: names })
  const fits = short.length <= MOST_METADATA && links.every(({ body }) => body === undefined)
  if (!fits) {
    const all = new TextEncoder().encode(JSON.stringify(links))
    await putObject(store, keys.linked(digest), all, { until })
  }
  const about = fits ? short : text({ p: id, l: 1 })
  const how = { headers: { 'content-type': mediaType, [HEADER]: about }, until }
  const key = keys.manifest(digest)
  if (over) {
    await putObject(store, key, bytes, how)
    return true
  }
  const conditions = { ...how.headers, 'if-none-match': '*' }
  const request = {
    method: 'PUT',
    key,
    body: bytes,
    headers: conditions,
    answers: [412],
    until,
  } as const
  return (await store.send(request)).status !== 412
}

function text(about: About): string {
  return JSON.stringify(about)
}

function isAbout(value: unknown): value is About {
  return isObject(value) && typeof value.p === 'string' && (value.l === 1 || isTexts(value.l))
}

function sizeIn(headers: Headers): number {
  return Number(headers.get('content-length'))
}
