/**
 * The steps of a removal, from what goes.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { addTo } from '../../platform/add-to.ts'
import { whatReaches } from '../../registry/reach.ts'
import { inOrder } from '../lib/deletes/order.ts'
import type { DeleteStep } from '../lib/deletes/step.ts'
import { type Going, type Search, subjectIn } from './search.ts'

/**
 * What is done, in an order in which nothing points at what is gone.
 *
 * @param targets - what the tags lead to that link something to what goes
 */
export async function stepsFor(
  search: Search,
  going: Going,
  targets: ReadonlyMap<string, Digest>,
): Promise<readonly DeleteStep[]> {
  const { repo, tags, tag, parts, attached } = search
  const except = [...(tag === undefined ? [] : [tag]), ...targets.keys()]
  const reasons = new Map<Digest, string>(going)
  const waits = new Map<Digest, Digest[]>()
  const attachedTo = new Map<Digest, Digest[]>()
  const at = new Map<Digest, string[]>()
  const loose: DeleteStep[] = []
  for (const { digest, subjects } of attached.referrers) {
    if (!going.has(digest) || parts.has(digest)) continue
    for (const subject of subjects) {
      addTo(waits, subject, digest)
      addTo(attachedTo, digest, subject)
    }
  }
  for (const [digest, { listedBy }] of parts) {
    for (const index of listedBy) if (going.has(index)) addTo(waits, digest, index)
  }
  // An index may list what is attached to another part of it; or, by a tag, to the index itself, which goes before.
  for (const { digest, subjects } of attached.referrers) {
    if (!going.has(digest) || !parts.has(digest)) continue
    for (const subject of subjects) {
      if (!goesBefore(waits, subject, digest)) addTo(waits, subject, digest)
    }
  }
  for (const [name, digest] of targets) {
    addTo(at, digest, name)
    const subject = subjectIn(going, name)!
    if (going.has(digest)) continue
    const needed = await whatReaches(repo, digest, { tags, except })
    if (needed !== undefined) {
      const reason = `it links to ${subject}, but what it leads to stays: ${needed}`
      loose.push({ action: 'delete-tag', digest, tags: [name], reason, because: [], after: [] })
      continue
    }
    reasons.set(digest, `it lists what is attached to ${subject}`)
    for (const referrer of waits.get(subject) ?? []) addTo(waits, digest, referrer)
    addTo(waits, subject, digest)
  }
  const steps = inOrder(reasons.keys(), waits).map((digest): DeleteStep => {
    const reason = reasons.get(digest)!
    const after = waits.get(digest) ?? []
    const subjects = attachedTo.get(digest)
    return {
      action: 'delete-manifest',
      digest,
      tags: at.get(digest) ?? [],
      ...(subjects && { attachedTo: subjects }),
      reason,
      because: [],
      after,
    }
  })
  return [...loose, ...steps]
}

/** Whether one has to go before another, by all that they wait for. */
function goesBefore(
  waits: ReadonlyMap<Digest, readonly Digest[]>,
  one: Digest,
  other: Digest,
): boolean {
  const before = new Set([other])
  for (const digest of before) for (const next of waits.get(digest) ?? []) before.add(next)
  return before.has(one)
}
