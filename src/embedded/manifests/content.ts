/**
 * Whether what a pushed manifest is made of is in the repository (distribution-spec 1.1, "Pushing
 * Manifests").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { RepositoryStorage, StoredManifest } from '../storage/storage.ts'
import { type Reason, Refusal } from '../wire/answers.ts'

/**
 * Checks that a blob is there.
 *
 * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`
 */
export async function requireBlob(
  repository: RepositoryStorage,
  { digest }: Descriptor,
): Promise<void> {
  if (!(await repository.findBlob(digest))) throw lacks(digest)
}

/**
 * Checks that a manifest is there.
 *
 * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`
 */
export async function requireManifest(
  repository: RepositoryStorage,
  { digest }: Descriptor,
  reason?: Reason,
): Promise<StoredManifest> {
  const manifest = await repository.findManifest(digest)
  if (!manifest) throw lacks(digest, reason)
  return manifest
}

function lacks(digest: string, reason?: Reason): Refusal {
  const message = 'manifest references a manifest or blob unknown to registry'
  return new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', message, { detail: { digest }, reason })
}
