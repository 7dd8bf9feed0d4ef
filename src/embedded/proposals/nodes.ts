/**
 * Proposal C: reading nodes, part by part, and what refers to a manifest (PROPOSAL_C.md, "Registry
 * HTTP API").
 *
 * @module
 */
import { baseType, NODE_MANIFEST } from '../../model/media-types.ts'
import type { NodeManifest } from '../../model/node-manifest.ts'
import type { Call } from '../calls/call.ts'
import { firstPage, pageSizeOf } from '../lists/page.ts'
import { requireNamed, unknownManifest } from '../manifests/lookup.ts'
import { parseStored } from '../storage/links.ts'
import { type Answer, answerOf } from '../wire/answer.ts'
import { json, nextLink } from '../wire/answers.ts'
import { requireDigest } from '../wire/names.ts'

/** GET of `/v3/`: here are nodes. */
export async function getNodeBase(): Promise<Answer> {
  return json({})
}

/**
 * GET of `/v3/<name>/referrers/<tag-or-digest>`: the nodes that refer to a manifest, in the order of
 * digests. A digest need not be there, a tag must. Pages, by `n` and `Link`, are ours.
 */
export async function listNodes(call: Call): Promise<Answer> {
  const { query, registry, repository, name } = call
  const subject = await requireNamed(call)
  const after = query.get('next')
  const found = repository.listReferrers(subject, {
    relation: 'node',
    after: after === null ? undefined : requireDigest(after),
  })
  const count = pageSizeOf(query, registry.settings.referrers.pageSize)
  const { entries, more } = await firstPage(found, count)
  const next = new URLSearchParams({ n: String(count), next: entries.at(-1)?.digest ?? '' })
  // By digest, since a tag may move between two pages.
  const path = `/v3/${name}/referrers/${subject}`
  return json(
    { referrers: entries },
    { headers: more ? { Link: nextLink(path, next) } : undefined },
  )
}

/** GET of `/v3/<name>/reference/<tag-or-digest>`: what a node refers to, `{}` for nothing. */
export async function getReference(call: Call): Promise<Answer> {
  const { reference = {} } = await requireNode(call)
  return json(reference)
}

/** GET of `/v3/<name>/objects/<tag-or-digest>`: a node's objects, in their order. */
export async function getObjects(call: Call): Promise<Answer> {
  const { objects } = await requireNode(call)
  return json({ objects })
}

/**
 * GET of `/v3/<name>/description/<tag-or-digest>`: a node's description as text, or as JSON where that
 * is the first type in `Accept`.
 */
export async function getDescription(call: Call): Promise<Answer> {
  const { description } = await requireNode(call)
  const [first = ''] = (call.request.headers.get('Accept') ?? '').split(',')
  const headers = { Vary: 'Accept' }
  if (baseType(first) === 'application/json') return json({ description }, { headers })
  const bytes = new TextEncoder().encode(description ?? '')
  const about = {
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(bytes.byteLength),
  }
  return answerOf(200, about, bytes)
}

async function requireNode(call: Call): Promise<NodeManifest> {
  const stored = await call.repository.findManifest(await requireNamed(call))
  const manifest = stored && parseStored(stored)
  if (manifest?.mediaType === NODE_MANIFEST) return manifest
  throw await unknownManifest(call)
}
