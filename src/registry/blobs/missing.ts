/**
 * Registries that do not find a blob which a manifest names. docker-registry 2.8 loses sight of one for a moment
 * while others push or mount the same one (measured: 8 processes that attach to one image).
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { delay } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import type { Repository } from '../repository.ts'
import { forgetPresent } from './present.ts'

/** How often a write is repeated. */
const MAX_RETRIES = 4

/**
 * Whether a registry refused a manifest because something that it names is not there.
 *
 * @param codes - `MANIFEST_BLOB_UNKNOWN` for a blob, some registries say it of a manifest too
 */
export function isContentMissing(
  error: unknown,
  codes: RegExp = /^MANIFEST(_BLOB)?_UNKNOWN$/,
): error is RegistryError {
  return (
    error instanceof RegistryError &&
    [400, 404].includes(error.status) &&
    error.errors.some(({ code }) => codes.test(code))
  )
}

/**
 * Writes a manifest again where the registry did not find a small blob that was pushed for it: the blob comes back,
 * or was removed since an earlier call saw it, and is pushed again.
 *
 * @param blobs - digests of the small blobs; where there are none, nothing is repeated
 * @param failure - why the first write failed; thrown where it is another reason
 */
export async function writeAgain<T>(
  repo: Repository,
  blobs: readonly Digest[],
  push: () => Promise<unknown>,
  write: () => Promise<T>,
  failure: unknown,
  signal: AbortSignal | undefined,
): Promise<T> {
  let error = failure
  for (let retry = 1; retry <= MAX_RETRIES && mayBeOneOf(blobs, error); retry++) {
    await delay(backoff(retry, 100), signal)
    if (retry > 1) {
      for (const digest of blobs) forgetPresent(repo, digest)
      await push()
    }
    try {
      return await write()
    } catch (next) {
      error = next
    }
  }
  throw error
}

/** Whether the blob that is missing is one of these; registries need not say which it is. */
function mayBeOneOf(blobs: readonly Digest[], error: unknown): boolean {
  if (blobs.length === 0 || !isContentMissing(error, /^MANIFEST_BLOB_UNKNOWN$/)) return false
  const details = JSON.stringify(error.errors.map(({ message, detail }) => [message, detail]))
  return !/sha\d+:/.test(details) || blobs.some((digest) => details.includes(digest))
}
