/**
 * Links of OCI 1.1 that a manifest has already: entered into its subject's list, or taken out of it.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { algorithmOf, type Digest } from '../../model/digest.ts'
import type { ImageManifest, Manifest } from '../../model/manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import { changeEntry } from '../kept/change-entry.ts'
import { summarize } from '../lib/summary.ts'
import { ociSubject } from './strategy.ts'

/** A manifest that is at the registry. */
export interface Entered {
  readonly manifest: Manifest
  readonly bytes: Uint8Array
  /** The digest that it was written by, where it was not written by a tag. */
  readonly digest?: Digest | undefined
}

/**
 * Makes a manifest that is there findable.
 *
 * Requests: those of linking it, its `PUT` included, which changes nothing.
 *
 * @returns whether it was read back
 */
export async function enterReferrer(
  repo: Repository,
  subject: Descriptor,
  { manifest, bytes, digest }: Entered,
  signal: AbortSignal,
): Promise<boolean> {
  if (digest && algorithmOf(digest) !== 'sha256') {
    // Written again it would have another digest.
    if (repo.capabilities.referrersApi === 'supported') return true
    const { mediaType } = manifest
    const entry = { mediaType, digest, size: bytes.byteLength, ...summarize(manifest) }
    return changeEntry(repo, subject.digest, entry, true, { signal })
  }
  const one = { manifest: manifest as ImageManifest, bytes }
  const [referrer] = await ociSubject().publish(repo, subject, [one], { signal })
  return referrer!.confirmed
}

/**
 * Takes a manifest that is gone out of the referrers tag.
 *
 * Requests: none where the registry has the list; else `GET` of the tag, and `PUT` and `GET` where the entry is there.
 */
export async function takeOutReferrer(
  repo: Repository,
  subject: Descriptor,
  entry: Descriptor,
  signal: AbortSignal,
): Promise<void> {
  if (repo.capabilities.referrersApi === 'supported') return
  await changeEntry(repo, subject.digest, entry, false, { signal })
}
