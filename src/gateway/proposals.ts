/**
 * What the proposals of 2022 have for reading, over any upstream: the same referrers, as their clients expect them
 * (PROPOSAL_A.md, "Artifact Referrers API results"; PROPOSAL_B.md and PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import type { Manifest } from '../model/manifest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'

/** A list of one proposal: how it is written, and what tells its clients which it is. */
export interface ProposalList {
  readonly key: 'manifests' | 'referrers' | 'references'
  readonly headers?: Readonly<Record<string, string>>
}

const index = { 'Content-Type': IMAGE_INDEX }

/** By where it is asked for: proposal A's own place, ORAS's, and that of ORAS's drafts; B's; C's. */
export const proposalLists: Readonly<Record<'a' | 'oras' | 'draft' | 'b' | 'c', ProposalList>> = {
  a: { key: 'referrers', headers: { 'RefType-Api-Version': 'reftype/1.0' } },
  oras: { key: 'referrers', headers: { 'ORAS-Api-Version': 'oras/1.0' } },
  draft: { key: 'references' },
  b: { key: 'manifests', headers: index },
  c: { key: 'referrers' },
}

/** All referrers in one page: only one of the proposals has several, and its clients follow none that are not there. */
export function proposalAnswer(
  { key, headers = {} }: ProposalList,
  entries: readonly Descriptor[],
): Response {
  const first = key === 'manifests' && { schemaVersion: 2, mediaType: IMAGE_INDEX }
  const body = JSON.stringify({ ...first, [key]: entries })
  return new Response(body, { headers: { 'Content-Type': 'application/json', ...headers } })
}

/** A part of a manifest, as proposal C has parts of nodes. */
export function nodePart(part: string, manifest: Manifest): Response {
  if (part === 'description') {
    const text = 'description' in manifest ? (manifest.description ?? '') : ''
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
