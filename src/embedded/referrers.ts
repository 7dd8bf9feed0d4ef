/**
 * Listing referrers (distribution-spec 1.1, "Listing Referrers").
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { json, nextLink } from './answers.ts'
import type { Call } from './call.ts'
import { requireDigest } from './names.ts'

/**
 * GET of `/v2/<name>/referrers/<digest>`: an image index, filtered by `artifactType` (several are
 * alternatives). Pages are in the order of digests, so that changes between pages skip nothing else.
 */
export async function listReferrers(call: Call): Promise<Response> {
  const { query, registry, repository, name } = call
  const subject = requireDigest(call.id)
  const after = query.get('next')
  const types = query.getAll('artifactType').filter((type) => type !== '')
  const matching = (await repository.listReferrers(subject))
    .filter(({ artifactType }) => types.length === 0 || types.includes(artifactType ?? ''))
    .filter(({ digest }) => after === null || digest > after)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1))
  const manifests = firstPage(matching, registry.settings.pageSize)
  const headers: Record<string, string> = {}
  if (types.length > 0) headers['OCI-Filters-Applied'] = 'artifactType'
  if (manifests.length < matching.length) {
    const next = new URLSearchParams(types.map((type) => ['artifactType', type]))
    next.set('next', manifests.at(-1)!.digest)
    headers.Link = nextLink(`/v2/${name}/referrers/${subject}`, next)
  }
  return json(
    { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests },
    { type: IMAGE_INDEX, headers },
  )
}

/** As many as a page holds: a number of entries, and the bytes that a manifest may have. */
function firstPage(all: readonly Descriptor[], count: number): readonly Descriptor[] {
  const encoder = new TextEncoder()
  // Room for the index around the entries.
  let bytes = 1024
  let end = 0
  while (end < all.length && end < count) {
    bytes += encoder.encode(JSON.stringify(all[end])).byteLength + 1
    if (bytes > MANIFEST_LIMIT && end > 0) break
    end += 1
  }
  return all.slice(0, end)
}
