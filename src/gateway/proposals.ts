/**
 * What the proposals of 2022 have for reading, over any upstream: the same referrers, as their clients expect them
 * (PROPOSAL_A.md, "Artifact Referrers API results"; PROPOSAL_B.md and PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import type { Manifest } from '../model/manifest.ts'
import { baseType, IMAGE_INDEX } from '../model/media-types.ts'
import { newestFirst } from '../model/newest-first.ts'
import { errorAnswer } from './answers.ts'
import { countOf, NO_COUNT, nextLink, pageOf } from './pages.ts'

/** A list of one proposal: how it is written, and what tells its clients which it is. */
export interface ProposalList {
  readonly key: 'manifests' | 'referrers' | 'references'
  readonly headers?: Readonly<Record<string, string>>
  /** In pages, and sorted by date, as proposal A has it. */
  readonly paged?: boolean
}

const index = { 'Content-Type': IMAGE_INDEX }

/** By where it is asked for: proposal A's own place, ORAS's, and that of ORAS's drafts; B's; C's. */
export const proposalLists: Readonly<Record<'a' | 'oras' | 'draft' | 'b' | 'c', ProposalList>> = {
  a: { key: 'referrers', paged: true, headers: { 'RefType-Api-Version': 'reftype/1.0' } },
  oras: { key: 'referrers', paged: true, headers: { 'ORAS-Api-Version': 'oras/1.0' } },
  draft: { key: 'references' },
  b: { key: 'manifests', headers: index },
  c: { key: 'referrers' },
}

/** The referrers as a proposal lists them: proposal A in pages, the newest first; the others have neither. */
export function proposalAnswer(
  list: ProposalList,
  all: readonly Descriptor[],
  request: Request,
): Response {
  if (!list.paged) return listAnswer(list, all)
  const { pathname, searchParams } = new URL(request.url)
  const count = countOf(searchParams.get('n'))
  if (count === undefined) return errorAnswer(400, 'UNSUPPORTED', NO_COUNT)
  const sorted = all.toSorted((a, b) => (newestFirst(a) < newestFirst(b) ? -1 : 1))
  const after = searchParams.get('nextToken')
  const { entries, last } = pageOf(sorted, { after, count, placeOf: newestFirst })
  const answer = listAnswer(list, entries)
  if (last !== undefined) answer.headers.set('Link', nextLink(pathname, request, 'nextToken', last))
  return answer
}

function listAnswer({ key, headers = {} }: ProposalList, entries: readonly Descriptor[]): Response {
  const first = key === 'manifests' && { schemaVersion: 2, mediaType: IMAGE_INDEX }
  const body = JSON.stringify({ ...first, [key]: entries })
  return new Response(body, { headers: { 'Content-Type': 'application/json', ...headers } })
}

/** How clients of proposal A find its lists (distribution-spec, extensions/_oci.md). */
export function extensionsAnswer(): Response {
  const extension = (name: string, url: string) => ({
    name,
    url: `https://github.com/${url}`,
    endpoints: [`${name}/artifacts/referrers`],
  })
  const a = 'opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_A.md'
  const oras = 'oras-project/artifacts-spec/blob/main/manifest-referrers-api.md'
  return Response.json({ extensions: [extension('_oci', a), extension('_oras', oras)] })
}

/** A part of a manifest, as proposal C has parts of nodes. */
export function nodePart(part: string, manifest: Manifest, accept: string | null): Response {
  if (part === 'description') {
    const text = 'description' in manifest ? (manifest.description ?? '') : ''
    const [first = ''] = (accept ?? '').split(',')
    if (baseType(first) === 'application/json')
      return Response.json(text ? { description: text } : {})
    return new Response(text, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
  }
  return Response.json(part === 'objects' ? { objects: objectsOf(manifest) } : linkOf(manifest))
}

function objectsOf(manifest: Manifest): readonly Descriptor[] {
  if ('objects' in manifest) return manifest.objects
  if ('blobs' in manifest) return manifest.blobs
  return 'layers' in manifest ? manifest.layers : manifest.manifests
}

/** What it refers to, `{}` for nothing. */
function linkOf(manifest: Manifest): object {
  const { reference, subject } = manifest as {
    readonly reference?: object
    readonly subject?: object
  }
  return reference ?? subject ?? {}
}
