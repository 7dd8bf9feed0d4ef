/**
 * `GET /v2/<name>/referrers/<digest>` over any upstream (distribution-spec 1.1, "Listing Referrers").
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { isDigest } from '../model/digest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import type { Repository } from '../registry/repository.ts'
import { discover } from '../tasks/discover/discover.ts'
import { readReferrers } from '../tasks/entries.ts'
import { errorAnswer, methodNotAllowed } from './answers.ts'
import type { Settings } from './options.ts'
import { countOf, NO_COUNT, nextLink, type Page, pageOf } from './pages.ts'

/** What a client wants to know. */
export interface ReferrersQuery {
  readonly request: Request
  /** Of the subject; where a proposal has that, a tag. */
  readonly digest: string
  readonly repo: Repository
  readonly settings: Settings
}

/**
 * An image index of a subject's referrers, each with the type and annotations of its manifest where the upstream's list
 * leaves them open.
 *
 * @throws what keeps the list from being whole: never an empty list for what could not be read
 */
export async function listReferrers(query: ReferrersQuery): Promise<Response> {
  const { request, digest } = query
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD')
  if (!isDigest(digest)) return errorAnswer(400, 'DIGEST_INVALID', 'no digest of a manifest')
  const count = countOf(new URL(request.url).searchParams.get('n'))
  if (count === undefined) return errorAnswer(400, 'UNSUPPORTED', NO_COUNT)
  const { entries, filtered } = await findReferrers(query)
  const after = new URL(request.url).searchParams.get('last')
  return answer(query, pageOf(entries, { after, count, placeOf: ({ digest }) => digest }), filtered)
}

/**
 * All referrers of a subject, of the types that the request's `artifactType` names, as an index lists them.
 *
 * @throws what keeps the list from being whole
 */
export async function findReferrers({ request, digest, repo, settings }: ReferrersQuery): Promise<{
  readonly entries: readonly Descriptor[]
  readonly filtered: boolean
}> {
  const { searchParams } = new URL(request.url)
  const types = searchParams.getAll('artifactType').filter((type) => type !== '')
  const filtered = types.length > 0
  const filter = filtered && { artifactType: types }
  const { signal } = request
  const found: Descriptor[] = []
  if (settings.styles === 'all') {
    const verify = repo.capabilities.referrersApi !== 'supported'
    const options = { ...filter, verify, signal }
    const { flat, sources, cut, complete } = await discover(repo, digest, options)
    const failed = sources.find(({ status }) => status === 'failed')
    if (!complete) throw failed?.error ?? cut
    found.push(...flat)
  } else {
    found.push(...(await readReferrers(repo, digest, { ...filter, signal })))
  }
  const entries = found.map(entryOf).sort((a, b) => (a.digest < b.digest ? -1 : 1))
  return { entries, filtered }
}

function answer(
  { request, digest, repo }: ReferrersQuery,
  { entries, last }: Page,
  filtered: boolean,
): Response {
  const headers = new Headers({ 'Content-Type': IMAGE_INDEX })
  if (filtered) headers.set('OCI-Filters-Applied', 'artifactType')
  if (last !== undefined) {
    headers.set('Link', nextLink(`/v2/${repo.name}/referrers/${digest}`, request, 'last', last))
  }
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: entries }
  const body = JSON.stringify(index)
  if (request.method === 'HEAD') {
    headers.set('Content-Length', String(new TextEncoder().encode(body).byteLength))
    return new Response(null, { headers })
  }
  return new Response(body, { headers })
}

/** A referrer as an index lists it. */
function entryOf(found: Descriptor): Descriptor {
  const { mediaType, digest, size, artifactType, annotations, platform } = found
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
    ...(platform && { platform }),
  }
}
