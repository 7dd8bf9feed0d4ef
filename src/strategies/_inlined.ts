/**
 * Manifests that an index has in itself, in the `data` of its entries (image-spec 1.1, descriptor.md,
 * "Embedded Content"). Loaded with those that read entries.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { verifyBytes } from '../model/digest.ts'
import { isKnownManifestType } from '../model/media-types.ts'
import { manifestPath } from '../registry/endpoints.ts'
import { internals, type Repository } from '../registry/repository.ts'

/**
 * The same repository, whose registry is not asked for manifests that entries have in them. What is in
 * an entry and is not what its digest and size say counts as not there.
 */
export async function withInlined(
  repo: Repository,
  entries: readonly Descriptor[],
): Promise<Repository> {
  const own = repo[internals]
  const answers = new Map<string, () => Response>()
  await Promise.all(
    entries.map(async ({ data, mediaType, digest, size }) => {
      if (data === undefined || !isKnownManifestType(mediaType)) return
      try {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
        await verifyBytes(bytes, { digest, size })
        const headers = { 'content-type': mediaType }
        const url = new URL(manifestPath(repo.name, digest), own.origin).href
        answers.set(`GET ${url}`, () => new Response(bytes, { headers }))
      } catch {
        // No base64, or another content.
      }
    }),
  )
  const exchange: typeof own.exchange = async (wire, scopes) =>
    answers.get(`${wire.method} ${wire.url}`)?.() ?? own.exchange(wire, scopes)
  // One artifact may be in several entries.
  const reads = own.reads ?? new Map()
  return { ...repo, [internals]: { ...own, exchange, reads } }
}
