/**
 * What a repository no longer needs, proven from its graph: nothing that somebody's tag reaches, and nothing of which
 * that is not known.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { parseDigestTag } from '../../model/digest-tags.ts'
import { addTo } from '../../platform/add-to.ts'
import { isAttachment } from '../graph/liveness.ts'
import type { Graph, GraphEdge, GraphManifest } from '../graph/repository-graph.ts'

/** A graph, by manifest. */
export interface Index {
  readonly manifests: ReadonlyMap<Digest, GraphManifest>
  /** What a manifest is attached to. */
  readonly attachedTo: ReadonlyMap<Digest, readonly GraphEdge[]>
  /** What it lists. */
  readonly listed: ReadonlyMap<Digest, readonly Digest[]>
  /** What lists it. */
  readonly listedBy: ReadonlyMap<Digest, readonly Digest[]>
  /** Documents at referrers tags: they list referrers, and are none. */
  readonly documents: ReadonlySet<Digest>
}

/** Sorts a graph by manifest. */
export function indexOf({ tags, manifests, edges }: Graph): Index {
  const attachedTo = new Map<Digest, GraphEdge[]>()
  const listed = new Map<Digest, Digest[]>()
  const listedBy = new Map<Digest, Digest[]>()
  for (const edge of edges) {
    if (isAttachment(edge)) addTo(attachedTo, edge.from, edge)
    else {
      addTo(listed, edge.from, edge.to)
      addTo(listedBy, edge.to, edge.from)
    }
  }
  const documents = tags.flatMap(({ tag, digest }) =>
    digest !== undefined && parseDigestTag(tag)?.kind === 'bare' ? [digest] : [],
  )
  return {
    manifests: new Map(manifests.map((manifest) => [manifest.digest, manifest])),
    attachedTo,
    listed,
    listedBy,
    documents: new Set(documents),
  }
}

/**
 * Manifests that nothing needs, each with the reason. A manifest is one of them where no tag that somebody chose
 * reaches it, and all that it is attached to is gone, or is one of them itself; or where it is attached to nothing, and
 * only such indexes list it. A circle is none: nothing in it is gone.
 */
export function findDead(index: Index): ReadonlyMap<Digest, string> {
  const { manifests, attachedTo, listedBy, documents } = index
  const dead = new Map<Digest, string>()
  const isDead = (digest: Digest) => dead.has(digest)
  const isGone = (digest: Digest) => manifests.get(digest)?.status === 'gone'

  const why = (digest: Digest): string | undefined => {
    const attached = attachedTo.get(digest) ?? []
    // Proposal F's index begins with its subject.
    const parents = (listedBy.get(digest) ?? []).filter((parent) => !isAbout(index, parent, digest))
    if (!parents.every(isDead)) return undefined
    if (attached.length > 0) {
      if (!attached.every(({ to }) => isGone(to) || isDead(to))) return undefined
      const gone = attached.find(({ to }) => isGone(to))
      return gone
        ? `what it is attached to is gone: ${gone.to}`
        : `what it is attached to is not needed either: ${attached[0]!.to}`
    }
    const whole = parents.find((parent) => !documents.has(parent))
    return whole && parents.length > 0 && parents.every((parent) => !documents.has(parent))
      ? `only ${whole} lists it, which is not needed`
      : undefined
  }

  const isOpen = (digest: Digest) => {
    const manifest = manifests.get(digest)
    return manifest?.status === 'there' && manifest.reachedBy === undefined
  }
  const open = [...manifests.keys()].filter(isOpen)
  const waiting = neighbours(index)
  for (let level: readonly Digest[] = open; level.length > 0; ) {
    const next = new Set<Digest>()
    for (const digest of level) {
      if (isDead(digest) || !isOpen(digest)) continue
      const reason = why(digest)
      if (reason === undefined) continue
      dead.set(digest, reason)
      for (const other of waiting.get(digest) ?? []) next.add(other)
    }
    level = [...next]
  }
  return dead
}

/**
 * Takes out of what is not needed what must stay with something that stays: what that lists or is attached to, and
 * the document at a referrers tag that lists it.
 *
 * @param stays - manifests that are to stay although nothing needs them
 */
export function without(
  dead: ReadonlyMap<Digest, string>,
  index: Index,
  stays: Iterable<Digest>,
): ReadonlyMap<Digest, string> {
  const { manifests, attachedTo, listed, listedBy, documents } = index
  const left = new Map(dead)
  const isLost = (digest: Digest) => left.has(digest) || manifests.get(digest)?.status === 'gone'
  const open = [...stays]
  for (const document of documents) {
    if (left.has(document) && !(listed.get(document) ?? []).every(isLost)) open.push(document)
  }
  // Nor goes what something that stays is attached to.
  for (const from of attachedTo.keys()) {
    if (!left.has(from) && manifests.get(from)?.status === 'there') open.push(from)
  }
  const met = new Set<Digest>()
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (met.has(at)) continue
    met.add(at)
    left.delete(at)
    const lists = (listedBy.get(at) ?? []).filter((parent) => documents.has(parent))
    const subjects = (attachedTo.get(at) ?? []).map(({ to }) => to)
    // Of a list of referrers the others can be taken out.
    const parts = documents.has(at) ? [] : (listed.get(at) ?? [])
    open.push(...parts, ...lists, ...subjects)
  }
  return left
}

/** What is to stay although nothing needs it, with what is attached to it: a signature stays with what it signs. */
export function withAttached(
  dead: ReadonlyMap<Digest, string>,
  { attachedTo }: Index,
  stays: Iterable<Digest>,
): ReadonlySet<Digest> {
  const attached = new Map<Digest, Digest[]>()
  for (const from of dead.keys()) {
    for (const { to } of attachedTo.get(from) ?? []) addTo(attached, to, from)
  }
  // What is added while it is gone through is gone through too.
  const all = new Set(stays)
  for (const one of all) for (const from of attached.get(one) ?? []) all.add(from)
  return all
}

/** Whether a list of referrers is about a manifest. */
function isAbout({ documents, attachedTo }: Index, list: Digest, subject: Digest): boolean {
  return documents.has(list) && (attachedTo.get(list) ?? []).some(({ to }) => to === subject)
}

/** What has to be looked at again once a manifest is known not to be needed. */
function neighbours({ attachedTo, listed }: Index): ReadonlyMap<Digest, readonly Digest[]> {
  const next = new Map<Digest, Digest[]>()
  for (const [from, edges] of attachedTo) for (const { to } of edges) addTo(next, to, from)
  for (const [from, digests] of listed) for (const to of digests) addTo(next, from, to)
  return next
}

/** What has to go before each manifest, of those that go. */
export function waitsFor(
  index: Index,
  dead: ReadonlyMap<Digest, unknown>,
): ReadonlyMap<Digest, readonly Digest[]> {
  const { attachedTo, listed, documents } = index
  const waits = new Map<Digest, Digest[]>()
  const add = (digest: Digest, before: Digest) => {
    if (dead.has(digest) && dead.has(before)) addTo(waits, digest, before)
  }
  for (const [from, edges] of attachedTo) for (const { to } of edges) add(to, from)
  for (const [from, digests] of listed) {
    for (const to of digests) {
      if (!documents.has(from)) add(to, from)
      else if (!isAbout(index, from, to)) add(from, to)
    }
  }
  return waits
}
