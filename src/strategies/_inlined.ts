/**
 * Manifests that an index has in itself, in the `data` of its entries (image-spec 1.1, descriptor.md,
 * "Embedded Content"). Loaded with those that read entries.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { verifyBytes } from '../model/digest.ts'
import { internals, type Repository } from '../registry/repository.ts'

/**
 * The same repository, which does not ask for manifests that entries have in them. What is in an entry
 * and is not what its digest and size say counts as not there.
 */
export async function withInlined(
  repo: Repository,
  entries: readonly Descriptor[],
): Promise<Repository> {
  const own = repo[internals]
  const reads = own.reads ?? new Map()
  await Promise.all(
    entries.map(async ({ data, mediaType, digest, size }) => {
      if (data === undefined) return
      try {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
        await verifyBytes(bytes, { digest, size })
        reads.set(digest, Promise.resolve({ descriptor: { mediaType, digest, size }, bytes }))
      } catch {
        // No base64, or another content.
      }
    }),
  )
  return { ...repo, [internals]: { ...own, reads } }
}
