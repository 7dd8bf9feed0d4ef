/**
 * What was found of a repository so far, and what is still to be read.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { outline } from './outline.ts'
import type { GraphEdge, GraphManifest, GraphProblem } from './repository-graph.ts'

/** Grows in place: copies of what a large repository has would cost the square of it. */
export interface Findings {
  readonly manifests: Map<Digest, GraphManifest>
  readonly edges: Map<string, GraphEdge>
  readonly problems: GraphProblem[]
  /** Named, and read or being read. */
  readonly taken: Set<Digest>
  /** Named, and not read yet. */
  readonly waiting: Set<Digest>
  /** What is a manifest, whether it is there or not. */
  readonly sure: Set<Digest>
  /** What an artifact is attached to that is a blob: that it is no manifest does not mean that it is gone. */
  readonly blobs: Set<Digest>
}

export function noFindings(): Findings {
  return {
    manifests: new Map(),
    edges: new Map(),
    problems: [],
    taken: new Set(),
    waiting: new Set(),
    sure: new Set(),
    blobs: new Set(),
  }
}

/** Notes that one manifest names another; both are to be read. */
export function addEdge(findings: Findings, edge: GraphEdge): void {
  findings.edges.set(`${edge.from} ${edge.to} ${edge.role} ${edge.tag ?? ''}`, edge)
  want(findings, edge.from)
  want(findings, edge.to)
}

/** Notes that a manifest is to be read, if it was not yet. */
export function want({ taken, waiting }: Findings, digest: Digest): void {
  if (!taken.has(digest)) waiting.add(digest)
}

/** What is to be read next; counts as read from here on. */
export function takeWaiting({ taken, waiting }: Findings): readonly Digest[] {
  const level = [...waiting]
  waiting.clear()
  for (const digest of level) taken.add(digest)
  return level
}

/** Keeps what a manifest says, or what is known of one that could not be read. */
export function addManifest(
  findings: Findings,
  digest: Digest,
  found: StoredManifest | Exclude<GraphManifest['status'], 'there'>,
): void {
  const { manifests, problems, sure, blobs } = findings
  if (typeof found === 'string') {
    const status = found === 'gone' && !sure.has(digest) ? 'unknown' : found
    manifests.set(digest, { digest, status })
    return
  }
  const { manifest, named, vague, blobs: about = [], unread } = outline(found)
  manifests.set(digest, manifest)
  for (const one of about) blobs.add(one)
  if (unread) problems.push({ at: digest, kind: 'malformed', reason: unread })
  const doubtful = new Set(vague)
  for (const edge of named) {
    addEdge(findings, edge)
    if (!doubtful.has(edge.to)) sure.add(edge.to)
  }
}

/** All manifests, once nothing is left to read. */
export function manifestsOf({ manifests, blobs }: Findings): readonly GraphManifest[] {
  return [...manifests.values()].map((manifest) =>
    manifest.status === 'gone' && blobs.has(manifest.digest)
      ? { digest: manifest.digest, status: 'unknown' }
      : manifest,
  )
}
