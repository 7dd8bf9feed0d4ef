/**
 * What prune() would do, from a repository's graph. Sends nothing.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { parseDigestTag } from '../../model/digest-tags.ts'
import { addTo } from '../../platform/add-to.ts'
import type { Graph, GraphEdge, GraphTag } from '../graph/repository-graph.ts'
import { inOrder } from '../lib/deletes/order.ts'
import type { DeleteStep, KeptManifest } from '../lib/deletes/step.ts'
import { findDead, type Index, indexOf, waitsFor, withAttached, without } from './dead.ts'
import { type KeepRule, meantBy } from './rule.ts'

/** A plan. */
export interface PrunePlan {
  readonly steps: readonly DeleteStep[]
  readonly kept: readonly KeptManifest[]
}

/** Makes the plan. Where something could not be read, anything may be needed by it: then nothing is deleted. */
export function planPrune(graph: Graph, rules: readonly KeepRule[]): PrunePlan {
  const index = indexOf(graph)
  const all = findDead(index)
  const unread = graph.problems.find(({ kind }) => kind === 'unread')
  if (unread) {
    const reason = `it may be needed by what could not be read: ${unread.at}, ${unread.reason}`
    return { steps: [], kept: [...all.keys()].map((digest) => ({ digest, reason })) }
  }
  const subjectOf = (digest: Digest) => index.attachedTo.get(digest)?.[0]?.to
  const artifacts = [...all.keys()]
    .filter((digest) => !index.documents.has(digest))
    .map((digest) => index.manifests.get(digest)!)
  const meant = meantBy(rules, artifacts, subjectOf)
  const elsewhere = aboutElsewhere(graph, index, all)
  const dead = without(all, index, withAttached(all, index, [...meant, ...elsewhere]))
  const byDigest = new Map<Digest, GraphTag[]>()
  for (const tag of graph.tags) if (tag.digest) addTo(byDigest, tag.digest, tag)
  return {
    steps: [...deletes(index, dead, byDigest), ...tagSteps(index, dead, byDigest)],
    kept: [...all.keys()]
      .filter((digest) => !dead.has(digest))
      .map((digest) => ({ digest, reason: whyKept(digest) })),
  }

  function whyKept(digest: Digest): string {
    if (meant.has(digest)) return 'a rule keeps it'
    return elsewhere.has(digest) ? ELSEWHERE : 'it belongs to something that stays'
  }
}

const ELSEWHERE =
  'what it is attached to may be in another repository: no tag here names an image, as where cosign keeps signatures apart'

/**
 * What cosign's tags alone link to something that is not here, in a repository without a tag that somebody chose:
 * `COSIGN_REPOSITORY` has signatures of images that are elsewhere.
 */
function aboutElsewhere(
  { tags }: Graph,
  { manifests }: Index,
  dead: ReadonlyMap<Digest, string>,
): ReadonlySet<Digest> {
  const isApart = ({ tag, digest, subject }: GraphTag) =>
    digest !== undefined &&
    dead.has(digest) &&
    parseDigestTag(tag)?.kind === 'suffixed' &&
    subject !== undefined &&
    manifests.get(subject)?.status === 'gone'
  const isNamed = tags.some(({ kind }) => kind === 'named')
  return new Set(isNamed ? [] : tags.filter(isApart).map(({ digest }) => digest!))
}

/** Manifests that nothing needs: what is attached first, then what it is attached to, lists of referrers at last. */
function deletes(
  index: Index,
  dead: ReadonlyMap<Digest, string>,
  byDigest: ReadonlyMap<Digest, readonly GraphTag[]>,
): readonly DeleteStep[] {
  const waits = waitsFor(index, dead)
  return inOrder(dead.keys(), waits).map((digest) => {
    // What tags and entries of an index link is in no list of the registry's.
    const isOwn = ({ role }: GraphEdge) => role !== 'tag' && role !== 'entry'
    const attachedTo = index.attachedTo
      .get(digest)
      ?.filter(isOwn)
      .map(({ to }) => to)
    return {
      action: 'delete-manifest',
      digest,
      tags: (byDigest.get(digest) ?? []).map(({ tag }) => tag),
      ...(attachedTo && { attachedTo: [...new Set(attachedTo)] }),
      reason: dead.get(digest)!,
      because: gonePillars(index, digest),
      after: waits.get(digest) ?? [],
    }
  })
}

/** What is gone, at the end of all that a manifest is attached to or listed by. */
function gonePillars(
  { manifests, attachedTo, listedBy }: Index,
  digest: Digest,
): readonly Digest[] {
  const met = new Set<Digest>()
  const open = [digest]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (met.has(at)) continue
    met.add(at)
    if (manifests.get(at)?.status === 'gone') continue
    for (const { to } of attachedTo.get(at) ?? []) open.push(to)
    for (const parent of listedBy.get(at) ?? []) open.push(parent)
  }
  return [...met].filter((one) => manifests.get(one)?.status === 'gone')
}

/** Link tags whose subject is not there, though what they lead to stays; and lists of what is gone, or goes. */
function tagSteps(
  index: Index,
  dead: ReadonlyMap<Digest, string>,
  byDigest: ReadonlyMap<Digest, readonly GraphTag[]>,
): readonly DeleteStep[] {
  const steps: DeleteStep[] = []
  for (const [digest, tags] of byDigest) {
    if (dead.has(digest)) continue
    const links = tags.filter(({ kind, subject }) => kind === 'link' && subject)
    const isNeeded = index.manifests.get(digest)?.reachedBy !== undefined
    for (const link of links) {
      const step = isNeeded ? looseTag(index, digest, link) : undefined
      if (step) steps.push(step)
    }
    if (!index.documents.has(digest)) continue
    const bare = links.filter(({ tag }) => parseDigestTag(tag)?.kind === 'bare')
    if (bare.length === tags.length && isEmptyList(index, digest)) {
      const reason = 'a list of referrers without one'
      const names = tags.map(({ tag }) => tag)
      steps.push({ ...nothingBefore, action: 'delete-manifest', digest, tags: names, reason })
    }
    for (const link of bare) steps.push(...lostEntries(index, dead, digest, link))
  }
  return steps
}

const nothingBefore = { because: [], after: [] }

function looseTag(
  { manifests }: Index,
  digest: Digest,
  { tag, subject }: GraphTag,
): DeleteStep | undefined {
  if (manifests.get(subject!)?.status !== 'gone') return undefined
  const reason = `its subject is gone, but what it leads to is needed: ${subject}`
  return { action: 'delete-tag', digest, tags: [tag], reason, because: [subject!], after: [] }
}

/** The entries of a list that are gone, and those that go. */
function lostEntries(
  { manifests, listed }: Index,
  dead: ReadonlyMap<Digest, string>,
  digest: Digest,
  { tag, subject }: GraphTag,
): readonly DeleteStep[] {
  const entries = listed.get(digest) ?? []
  const gone = entries.filter((entry) => manifests.get(entry)?.status === 'gone')
  const going = entries.filter((entry) => dead.has(entry))
  const lost = [...gone, ...going]
  if (lost.length === 0 || !subject || manifests.get(subject)?.status === 'unknown') return []
  const reason = `it lists what is gone, or goes: ${lost.join(', ')}`
  const entriesStep = {
    action: 'remove-entries',
    digest,
    tags: [tag],
    entries: lost,
    subject,
  } as const
  return [{ ...entriesStep, reason, because: gone, after: going }]
}

/** An index that lists nothing, and is nothing else: an index that is attached to something is an artifact. */
function isEmptyList({ manifests, attachedTo, listed }: Index, digest: Digest): boolean {
  if ((listed.get(digest) ?? []).length > 0) return false
  const { mediaType = '', annotations, artifactType } = manifests.get(digest)!
  const own = (attachedTo.get(digest) ?? []).some(({ role }) => role !== 'tag')
  return !own && mediaType.endsWith('.index.v1+json') && !annotations && !artifactType
}
