/**
 * One read and one write of the index at a referrers tag. Called by _tag-writer.ts, which decides
 * when.
 *
 * @module
 */
import { ContentError, OcilinkError, RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { encodeManifest, MANIFEST_LIMIT } from '../model/manifest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { referrersTag } from '../model/referrers-tag.ts'
import { delay } from '../registry/abort.ts'
import { headManifest, putManifest } from '../registry/manifests.ts'
import { internals, type Repository, warn } from '../registry/repository.ts'
import { readReferrersTag, type TagState } from './_referrers-tag.ts'

/**
 * Writes the index that {@link readTag} led to.
 *
 * @returns what to do next: nothing, merge again because the tag changed (412), or drop the entries
 *   whose manifest is gone, which this registry's error tells
 */
export async function writeTag(
  repo: Repository,
  state: TagState,
  manifests: readonly Descriptor[],
  signal: AbortSignal,
): Promise<'written' | 'changed' | RegistryError> {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, ...state.index, manifests } as const
  const bytes = encodeManifest(index)
  if (bytes.byteLength > MANIFEST_LIMIT) {
    throw new ContentError(
      'TOO_LARGE',
      'index of all referrers in bytes',
      MANIFEST_LIMIT,
      bytes.byteLength,
    )
  }
  // A registry that sends no ETag honours no condition, and a page may not be allowed to send one.
  const condition = state.etag
    ? { ifMatch: state.etag }
    : state.index === undefined && repo[internals].sendsEtags
      ? ({ ifNoneMatch: '*' } as const)
      : {}
  try {
    await putManifest(repo, state.tag, bytes, { mediaType: IMAGE_INDEX, signal, ...condition })
    return 'written'
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    if (error.status === 412) return 'changed'
    // The manifest of an entry is gone, and this registry wants them all.
    const dangling = error.errors.some(({ code }) => /^MANIFEST(_BLOB)?_UNKNOWN$/.test(code))
    if (dangling && [400, 404].includes(error.status)) return error
    throw error
  }
}

/** Reads the tag; a registry that is rewriting it may answer 500 meanwhile. */
export async function readTag(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<TagState> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readReferrersTag(repo, subject, { intent: 'push', signal })
    } catch (error) {
      const rewritten = error instanceof RegistryError && error.status === 500 && attempt < 5
      if (!rewritten) throw error
      await delay(100 * attempt, signal)
    }
  }
}

/** Reads the tag after a write that was accepted: failing to is no failure of the write. */
export async function readBack(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<TagState | undefined> {
  try {
    return await readTag(repo, subject, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof OcilinkError)) throw error
    warn(
      repo,
      `The tag ${referrersTag(subject)} was written but could not be read back: ${error.message}`,
    )
    return undefined
  }
}

/** Which of these entries have no manifest any more. */
export async function findGone(
  repo: Repository,
  entries: readonly Descriptor[],
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const gone = new Set<Digest>()
  await Promise.all(
    entries.map(async ({ digest }) => {
      if (!(await headManifest(repo, digest, { intent: 'push', signal }))) gone.add(digest)
    }),
  )
  return gone
}
