/**
 * One read and one write of a shared document at a tag; writer.ts decides when.
 *
 * @module
 */

import { ConflictError, ContentError, OcilinkError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { delay } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { isContentMissing } from '../../registry/blobs/missing.ts'
import { pushBlob } from '../../registry/blobs/push.ts'
import { deleteIfAllowed } from '../../registry/delete-allowed.ts'
import { type PutManifestOptions, putManifest } from '../../registry/manifests.ts'
import { type Repository, sendsEtags, warn } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { withOwnTags } from '../lib/alternatives.ts'
import { isImmutable } from '../lib/refusals.ts'
import { type EncodedDocument, readDocument, type TagDocument, type TagState } from './document.ts'

/**
 * Encodes the document with these entries, and pushes what it names beside them.
 *
 * @param pushed - blobs that this change has pushed before
 */
export async function encodeTag(
  repo: Repository,
  document: TagDocument,
  state: TagState,
  entries: readonly Descriptor[],
  pushed: Set<Digest>,
  signal: AbortSignal,
): Promise<EncodedDocument> {
  const encoded = await document.encode(repo, state.stored, entries, signal)
  if (encoded.bytes.byteLength > MANIFEST_LIMIT) {
    const what = `the document at tag ${document.tag} in bytes`
    throw new ContentError('TOO_LARGE', what, MANIFEST_LIMIT, encoded.bytes.byteLength)
  }
  const missing = encoded.blobs?.filter(({ descriptor }) => !pushed.has(descriptor.digest)) ?? []
  await Promise.all(
    missing.map(async ({ data, descriptor: { mediaType } }) =>
      pushed.add((await pushBlob(repo, data, { mediaType, signal })).digest),
    ),
  )
  return encoded
}

/**
 * Writes the document that {@link readTag} led to.
 *
 * @returns what is at the tag now; `'changed'` where another client wrote (412), to merge again; or the registry's
 *   error for entries whose content is gone, to drop those
 */
export async function writeTag(
  repo: Repository,
  document: TagDocument,
  state: TagState,
  { bytes, mediaType }: EncodedDocument,
  signal: AbortSignal,
): Promise<StoredManifest | 'changed' | RegistryError> {
  const { tag } = document
  const condition = conditionOf(repo, state)
  try {
    const { descriptor } = await putManifest(repo, tag, bytes, { mediaType, signal, ...condition })
    return { descriptor, bytes }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    if (isImmutable(error)) throw immutableTag(document, error)
    if (error.status === 412) {
      if (condition) return 'changed'
      // Nothing was demanded of the tag: what is there is not to be replaced.
      if (state.stored) throw immutableTag(document, error)
    }
    // Content that an entry names is gone, and this registry requires it.
    if (isContentMissing(error)) return error
    throw error
  }
}

/**
 * The condition that a write is sent with. A registry that sends no ETag honours none, a page may not be allowed to send
 * one, and a weak ETag, as compressing proxies make it, never matches (RFC 9110, section 13.1.1).
 */
function conditionOf(
  repo: Repository,
  { stored, plain }: TagState,
): PutManifestOptions | undefined {
  if (plain) return undefined
  const etag = stored?.etag
  if (etag) return etag.startsWith('W/') ? undefined : { ifMatch: etag }
  return !stored && sendsEtags(repo) ? { ifNoneMatch: '*' } : undefined
}

function immutableTag({ tag }: TagDocument, cause: RegistryError): ConflictError {
  // Other shared tags cannot be moved either.
  const message = `The registry does not let the tag ${tag} be moved (immutable tags): ${cause.message}. Link with ${withOwnTags.join(', ')}, where each link has a tag of its own`
  return new ConflictError(message, tag, 1, { cause, alternatives: withOwnTags })
}

/**
 * Deletes the tag. Where tags cannot be deleted, an empty document is written over it and deleted by its digest: only
 * tags that are empty too can have that digest, whereas the document before may be at other tags.
 *
 * @returns what is left at the tag: nothing, or the empty document where nothing can be deleted
 */
export async function removeTag(
  repo: Repository,
  document: TagDocument,
  state: TagState,
  empty: () => Promise<EncodedDocument>,
  signal: AbortSignal,
): Promise<StoredManifest | undefined | 'changed' | RegistryError> {
  if (!isError(await deleteIfAllowed(repo, document.tag, signal))) return undefined
  const left = await writeTag(repo, document, state, await empty(), signal)
  if (left === 'changed' || isError(left)) return left
  return isError(await deleteIfAllowed(repo, left.descriptor.digest, signal)) ? left : undefined
}

/** Reads the tag; a registry that is rewriting it may answer 500 meanwhile. */
export async function readTag(
  repo: Repository,
  document: TagDocument,
  signal: AbortSignal,
): Promise<TagState> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readDocument(repo, document, { intent: 'push', signal })
    } catch (error) {
      const rewritten = error instanceof RegistryError && error.status === 500 && attempt < 5
      if (!rewritten) throw error
      await delay(backoff(attempt, 100), signal)
    }
  }
}

const isError = (answer: unknown): answer is RegistryError => answer instanceof RegistryError

/** A write, and whether other clients wrote meanwhile. */
export interface TagWrite {
  /** When the read began on which it builds, in milliseconds of `performance.now()`. */
  readonly began: number
  /** The shortest wait, in milliseconds; none at all when it is 0. */
  readonly settle: number
  /** What was left at the tag. */
  readonly written: StoredManifest | undefined
  /** Whether others were seen to write at the same time. */
  readonly contended: boolean
}

/**
 * Reads the tag back after every write that may still be under way has arrived: a client that read the tag before
 * this write writes after it.
 */
export async function readSettled(
  repo: Repository,
  document: TagDocument,
  { began, settle, written, contended }: TagWrite,
  signal: AbortSignal,
): Promise<TagState | undefined> {
  const elapsed = performance.now() - began
  const read = async (wait: number) => {
    if (settle > 0) await delay(wait, signal)
    return readBack(repo, document, signal)
  }
  if (document.isLost) return read(elapsed > settle ? 2 * elapsed : settle)
  // An entry that is overwritten after this is lost. Measured with 8 processes, on a machine with 14 times as
  // much work as processors: with the wait above 4 of 6 runs lost some of 64 entries, with this one none of 3.
  const wait = Math.max(settle, 4 * elapsed)
  const after = await read(wait)
  const others = after?.stored?.descriptor.digest !== written?.descriptor.digest
  return settle > 0 && after && (contended || others) ? read(wait) : after
}

/** Reads the tag after a write that was accepted: an error here is no failure of the write. */
async function readBack(
  repo: Repository,
  document: TagDocument,
  signal: AbortSignal,
): Promise<TagState | undefined> {
  try {
    return await readTag(repo, document, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof OcilinkError)) throw error
    warn(repo, `The tag ${document.tag} was written but could not be read back: ${error.message}`)
    return undefined
  }
}

/** Which of these entries name something that is gone. */
export async function findGone(
  repo: Repository,
  document: TagDocument,
  entries: readonly Descriptor[],
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const exists = document.exists ?? document.isLost
  const there = await Promise.all(entries.map((entry) => exists?.(repo, entry, signal) ?? true))
  return entries.filter((_, i) => !there[i])
}
