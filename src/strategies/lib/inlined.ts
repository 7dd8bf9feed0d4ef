/**
 * Manifests that an index has in itself, in the `data` of its entries (image-spec 1.1, descriptor.md,
 * "Embedded Content").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { verifyBytes } from '../../model/digest.ts'
import { isKnownManifestType } from '../../model/media-types.ts'
import { decodeBase64 } from '../../platform/base64.ts'
import type { Repository } from '../../registry/repository.ts'
import { readKey, type StoredManifest } from '../../registry/stored-manifest.ts'
import { withReads } from '../../registry/views.ts'

/**
 * The same repository, whose registry is not asked for manifests that entries have in them. What is in
 * an entry and is not what its digest and size say counts as not there.
 */
export async function withInlined(
  repo: Repository,
  entries: readonly Descriptor[],
): Promise<Repository> {
  const inlined = new Map<string, Promise<StoredManifest>>()
  await Promise.all(
    entries.map(async ({ data, mediaType, digest, size }) => {
      if (data === undefined || !isKnownManifestType(mediaType)) return
      const bytes = decodeBase64(data)
      if (!bytes) return
      try {
        await verifyBytes(bytes, { digest, size })
        const stored = Promise.resolve({ descriptor: { mediaType, digest, size }, bytes })
        // By whatever types it is asked for.
        for (const accept of [undefined, [mediaType]]) inlined.set(readKey(digest, accept), stored)
      } catch {
        // Another content.
      }
    }),
  )
  // One artifact may be in several entries. What is in them is the answer here alone: for others it
  // counts whether the registry has it.
  return withReads(repo, inlined)
}
