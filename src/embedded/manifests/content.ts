/**
 * Whether what a pushed manifest is made of is in the repository (distribution-spec 1.1, "Pushing
 * Manifests").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { RepositoryStorage } from '../storage/storage.ts'
import { type Reason, Refusal } from '../wire/answers.ts'

/** The content of a repository, as one push looks for it. */
export interface Content {
  /**
   * Checks that a blob is there.
   *
   * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`
   */
  requireBlob(blob: Descriptor): Promise<void>
  /**
   * Checks that a manifest is there.
   *
   * @returns its descriptor, whatever the one that named it says
   * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`
   */
  requireManifest(manifest: Descriptor, reason?: Reason): Promise<Descriptor>
  /** Whether there is a blob of this digest, and no manifest. */
  isBlobOnly(descriptor: Descriptor): Promise<boolean>
}

/**
 * Looks for content in a repository, once for each digest: a manifest of 4 MB can name the same one
 * thirty thousand times.
 *
 * @param signal - ends the search
 */
export function contentOf(repository: RepositoryStorage, signal: AbortSignal): Content {
  const blobs = new Set<Digest>()
  const manifests = new Map<Digest, Descriptor>()
  return {
    async requireBlob({ digest }) {
      if (blobs.has(digest)) return
      signal.throwIfAborted()
      if (!(await repository.findBlob(digest, { to: 'check' }))) throw lacks(digest)
      blobs.add(digest)
    },
    async requireManifest({ digest }, reason) {
      const known = manifests.get(digest)
      if (known) return known
      signal.throwIfAborted()
      const found = await headManifest(repository, digest)
      if (!found) throw lacks(digest, reason)
      manifests.set(digest, found)
      return found
    },
    async isBlobOnly({ digest }) {
      if (await headManifest(repository, digest)) return false
      return (await repository.findBlob(digest, { to: 'check' })) !== undefined
    },
  }
}

/** What is there under a digest, without its bytes where the storage can tell without them. */
export async function headManifest(
  repository: RepositoryStorage,
  digest: Digest,
): Promise<Descriptor | undefined> {
  if (repository.headManifest) return repository.headManifest(digest)
  const manifest = await repository.findManifest(digest)
  return manifest && { mediaType: manifest.mediaType, digest, size: manifest.bytes.byteLength }
}

function lacks(digest: string, reason?: Reason): Refusal {
  const message = 'manifest references a manifest or blob unknown to registry'
  return new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', message, { detail: { digest }, reason })
}
