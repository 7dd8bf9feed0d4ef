/**
 * Links of OCI 1.1 that a manifest has already: entered into its subject's list, or taken out of it. For a gateway,
 * whose clients write the manifests (distribution-spec 1.1, "Pushing Manifests with Subject", "Deleting Manifests").
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, type Digest } from '../model/digest.ts'
import type { ImageManifest, Manifest } from '../model/manifest.ts'
import type { Repository } from '../registry/repository.ts'
import { changeEntry } from '../strategies/kept/change-entry.ts'
import { enterByDigest } from '../strategies/kept/enter.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'

/** A manifest that is at the registry. */
export interface Written {
  readonly manifest: Manifest
  readonly bytes: Uint8Array
  /** The digest that it was written by, where it was not written by a tag. */
  readonly digest?: Digest | undefined
}

/**
 * Makes a manifest that is there findable.
 *
 * Requests: those of linking it, its `PUT` by digest included, which changes nothing.
 *
 * @returns whether it was read back
 */
export async function enterReferrer(
  repo: Repository,
  subject: Descriptor,
  { manifest, bytes, digest }: Written,
  signal: AbortSignal,
): Promise<boolean> {
  if (digest && algorithmOf(digest) !== 'sha256') {
    // Linked by the strategy it would be written again, by another digest.
    if (repo.capabilities.referrersApi === 'supported') return true
    return enterByDigest(repo, subject, { manifest, bytes, digest }, { signal })
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
