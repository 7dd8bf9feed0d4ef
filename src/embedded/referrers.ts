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
  const { manifests, more } = await firstPage(
    repository.listReferrers(subject, {
      after: after === null ? undefined : requireDigest(after),
      artifactTypes: types.length > 0 ? types : undefined,
    }),
    registry.settings.pageSize,
  )
  const headers: Record<string, string> = {}
  if (types.length > 0) headers['OCI-Filters-Applied'] = 'artifactType'
  if (more) {
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
async function firstPage(
  all: AsyncIterable<Descriptor>,
  count: number,
): Promise<{ manifests: readonly Descriptor[]; more: boolean }> {
  const encoder = new TextEncoder()
  const manifests: Descriptor[] = []
  // Room for the index around the entries.
  let bytes = 1024
  for await (const entry of all) {
    bytes += encoder.encode(JSON.stringify(entry)).byteLength + 1
    const full = manifests.length === count || bytes > MANIFEST_LIMIT
    if (full && manifests.length > 0) return { manifests, more: true }
    manifests.push(entry)
  }
  return { manifests, more: false }
}
