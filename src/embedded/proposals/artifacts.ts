/**
 * Proposal A: the artifacts of a subject, in the three places where they were listed (PROPOSAL_A.md,
 * "Artifact Referrers API results"; ORAS artifacts-spec, manifest-referrers-api.md).
 *
 * @module
 */

import { isArtifactManifestType } from '../../model/artifact-manifest-type.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import { isPlace, newestFirst } from '../../model/newest-first.ts'
import type { Call } from '../calls/call.ts'
import { requireWhole } from '../lists/broken-lists.ts'
import { formatCursor, parseCursor } from '../lists/cursor.ts'
import { firstPage, MOST_UNPAGED, pageSizeOf, tooLong } from '../lists/page.ts'
import type { ArtifactSettings } from '../settings/proposals.ts'
import type { Answer } from '../wire/answer.ts'
import { json, nextLink, Refusal } from '../wire/answers.ts'
import { requireDigest } from '../wire/names.ts'

/** GET of `/v2/<name>/_oci/artifacts/referrers?digest=`. */
export async function listArtifacts(call: Call): Promise<Answer> {
  const headers = { 'RefType-Api-Version': 'reftype/1.0' }
  const subject = requireDigest(call.query.get('digest'), 'artifact-digest')
  const wantsIndex = call.request.headers.get('accept')?.includes(IMAGE_INDEX)
  return wantsIndex ? answerIndex(call, subject) : answer(call, subject, 'referrers', headers)
}

/**
 * Proposal E's list, at the same path for who accepts an image index: whatever refers to the subject, with what is
 * pulled up from its manifest (PROPOSAL_E.md, "Referrers API").
 */
async function answerIndex(call: Call, subject: Digest): Promise<Answer> {
  const { query, registry, repository, request } = call
  requireWhole(call, subject)
  const types = query.getAll('artifactType').filter((type) => type !== '')
  const after = query.get('next')
  const found = repository.listReferrers(subject, {
    after: after === null ? undefined : requireDigest(after),
    artifactTypes: types.length > 0 ? types : undefined,
  })
  const { entries: manifests, more } = await firstPage(found, registry.settings.referrers.pageSize)
  const next = new URLSearchParams(query)
  if (more) next.set('next', manifests.at(-1)!.digest)
  const annotations = types.length > 0 && {
    annotations: { 'org.opencontainers.references.filtersApplied': 'artifactType' },
  }
  return json(
    { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...annotations },
    {
      type: IMAGE_INDEX,
      headers: more ? { Link: nextLink(new URL(request.url).pathname, next) } : {},
    },
  )
}

/** GET of `/v2/<name>/_oras/artifacts/referrers?digest=`. */
export async function listOrasArtifacts(call: Call): Promise<Answer> {
  const { orasKey } = call.registry.settings.artifacts
  const headers = { 'ORAS-Api-Version': 'oras/1.0' }
  return answer(call, requireDigest(call.query.get('digest'), 'artifact-digest'), orasKey, headers)
}

/** GET of `/oras/artifacts/v1/<name>/manifests/<digest>/referrers`. */
export async function listArtifactsOfDraft(call: Call): Promise<Answer> {
  return answer(call, requireDigest(call.id, 'artifact-digest'), 'references', {})
}

async function answer(
  call: Call,
  subject: Digest,
  key: 'referrers' | 'references',
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { query, registry, repository, request } = call
  requireWhole(call, subject)
  const { filter, order, paging, pageSize } = registry.settings.artifacts
  const types = filter ? query.getAll('artifactType').filter((type) => type !== '') : []
  const token = paging ? query.get('nextToken') : null
  const found = repository.listReferrers(subject, {
    relation: order === 'newest' ? 'artifact' : 'subject',
    after: token === null ? undefined : placeOf(token, order),
    artifactTypes: types.length > 0 ? types : undefined,
  })
  const [count, bytes] = paging
    ? [pageSizeOf(query, pageSize)]
    : [MOST_UNPAGED, Number.MAX_SAFE_INTEGER]
  const { entries, more } = await firstPage(artifacts(found, order), count, bytes)
  if (more && !paging) throw tooLong()
  const next = new URLSearchParams(query)
  if (more) next.set('nextToken', formatCursor(entries.at(-1)!.place))
  return json(
    { [key]: entries.map(({ artifact }) => artifact) },
    {
      headers: {
        ...headers,
        ...(more && { Link: nextLink(new URL(request.url).pathname, next) }),
      },
    },
  )
}

/** Artifact manifests alone, with what proposal A shows of them and their place in the order. */
async function* artifacts(
  found: AsyncIterable<Descriptor>,
  order: ArtifactSettings['order'],
): AsyncGenerator<{ artifact: Descriptor; place: string }> {
  for await (const referrer of found) {
    const { mediaType, digest, size, artifactType } = referrer
    if (!isArtifactManifestType(mediaType)) continue
    const artifact = { mediaType, digest, size, ...(artifactType && { artifactType }) }
    yield { artifact, place: order === 'newest' ? newestFirst(referrer) : digest }
  }
}

function placeOf(token: string, order: ArtifactSettings['order']): string {
  const place = parseCursor(token)
  if (order === 'newest' ? isPlace(place) : isDigest(place)) return place
  throw new Refusal(400, 'MALFORMED_NEXTTOKEN', '"nextToken" must be what a link said', {
    detail: { nextToken: token.slice(0, 200) },
  })
}
