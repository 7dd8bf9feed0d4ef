/**
 * Manifests embedded in an index, in the `data` of its entries (image-spec 1.1, descriptor.md,
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
import { withReads } from '../../registry/with-reads.ts'

/**
 * The same repository, which reads manifests from the `data` of entries in place of the registry. `data` that does not
 * match its entry's digest and size is ignored.
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
        // Under the keys of reads by default and by this type.
        for (const accept of [undefined, [mediaType]]) inlined.set(readKey(digest, accept), stored)
      } catch {
        // Other content.
      }
    }),
  )
  // Not shared with other reads: for those it counts whether the registry has the manifest.
  return withReads(repo, inlined)
}
