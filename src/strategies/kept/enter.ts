/**
 * Enters a manifest that is there into its subject's referrers tag, by the digest that it has there.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Manifest } from '../../model/manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import { summarize } from '../lib/summary.ts'
import type { PublishOptions } from '../strategy.ts'
import { changeEntry } from './change-entry.ts'

/** A manifest that is at the registry. */
export interface StoredReferrer {
  readonly manifest: Manifest
  readonly bytes: Uint8Array
  readonly digest: Digest
}

/** @returns whether the entry was read back */
export function enterByDigest(
  repo: Repository,
  subject: Descriptor,
  { manifest, bytes, digest }: StoredReferrer,
  options: PublishOptions,
): Promise<boolean> {
  const { mediaType } = manifest
  const entry = { mediaType, digest, size: bytes.byteLength, ...summarize(manifest) }
  return changeEntry(repo, subject.digest, entry, true, options)
}
