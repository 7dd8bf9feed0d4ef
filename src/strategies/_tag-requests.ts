/**
 * One read and one write of a shared document at a tag. Called by _tag-writer.ts, which decides
 * when.
 *
 * @module
 */
import { ContentError, OcilinkError, RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { delay } from '../registry/abort.ts'
import { putManifest } from '../registry/manifests.ts'
import { internals, type Repository, warn } from '../registry/repository.ts'
import { readDocument, type TagDocument, type TagState } from './_tag-document.ts'

/**
 * Writes the document that {@link readTag} led to.
 *
 * @returns what to do next: nothing, merge again because the tag changed (412), or drop the entries
 *   whose content is gone, which this registry's error tells
 */
export async function writeTag(
  repo: Repository,
  document: TagDocument,
  state: TagState,
  entries: readonly Descriptor[],
  signal: AbortSignal,
): Promise<'written' | 'changed' | RegistryError> {
  const { tag } = document
  const { bytes, mediaType } = await document.encode(repo, state.stored, entries, signal)
  if (bytes.byteLength > MANIFEST_LIMIT) {
    const what = `the document at tag ${tag} in bytes`
    throw new ContentError('TOO_LARGE', what, MANIFEST_LIMIT, bytes.byteLength)
  }
  // A registry that sends no ETag honours no condition, and a page may not be allowed to send one.
  const condition = state.stored?.etag
    ? { ifMatch: state.stored.etag }
    : !state.stored && repo[internals].sendsEtags
      ? ({ ifNoneMatch: '*' } as const)
      : {}
  try {
    await putManifest(repo, tag, bytes, { mediaType, signal, ...condition })
    return 'written'
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    if (error.status === 412) return 'changed'
    // What an entry names is gone, and this registry wants it all.
    const dangling = error.errors.some(({ code }) => /^MANIFEST(_BLOB)?_UNKNOWN$/.test(code))
    if (dangling && [400, 404].includes(error.status)) return error
    throw error
  }
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
      await delay(100 * attempt, signal)
    }
  }
}

/** Reads the tag after a write that was accepted: failing to is no failure of the write. */
export async function readBack(
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
