/**
 * From what strategies told to each referrer once, as a tree and as a list. Called by discover.ts.
 *
 * @module
 */
import type { Links } from './_exploration.ts'
import type { FoundReferrer } from './discover.ts'
import type { Digest } from './model/digest.ts'
import type { Referrer } from './strategies/strategy.ts'

/**
 * Builds the tree below some subjects, of what passes and what leads to something that does, and the
 * list of what passes. A referrer that is met twice has the same referrers in both places; one that is
 * met again below itself has none there.
 */
export function buildTree(
  subjects: readonly Digest[],
  links: ReadonlyMap<Digest, Links>,
  passes: (referrer: Referrer) => boolean,
): { readonly tree: readonly FoundReferrer[]; readonly flat: readonly FoundReferrer[] } {
  const subjectsOf = new Map<Digest, Set<Digest>>()
  for (const { digest, subject } of [...links.values()].flatMap(({ all, matching }) => [
    ...all,
    ...matching,
  ])) {
    const known = subjectsOf.get(digest) ?? new Set()
    subjectsOf.set(digest, known.add(subject.digest))
  }
  const passed = new Map<Digest, Referrer[]>()
  const below = new Map<Digest, readonly FoundReferrer[]>()

  function nodesOf(subjects: readonly Digest[]): readonly FoundReferrer[] {
    const lists = subjects.flatMap((subject) => links.get(subject) ?? [])
    const matching = merge(lists.flatMap(({ matching }) => matching)).filter(passes)
    const own = new Map(matching.map((referrer) => [referrer.digest, referrer]))
    for (const referrer of matching) {
      const known = passed.get(referrer.digest) ?? []
      passed.set(referrer.digest, [...known, referrer])
    }
    const all = new Map(
      [...merge(lists.flatMap(({ all }) => all)), ...matching].map((each) => [each.digest, each]),
    )
    return [...all.values()].flatMap((referrer) => {
      const found = own.get(referrer.digest)
      const node = toNode(found ?? referrer)
      return found || node.referrers.length > 0 ? [node] : []
    })
  }

  function toNode(referrer: Referrer): FoundReferrer {
    const { digest } = referrer
    if (!below.has(digest)) {
      below.set(digest, [])
      below.set(digest, nodesOf([digest]))
    }
    return { ...referrer, subjects: [...subjectsOf.get(digest)!], referrers: below.get(digest)! }
  }

  const tree = nodesOf(subjects)
  return { tree, flat: merge([...passed.values()].flat()).map(toNode) }
}

/** One referrer per digest, with every way it was found and the most that any of them said. */
function merge(list: readonly Referrer[]): readonly Referrer[] {
  const merged = new Map<Digest, Referrer>()
  for (const next of list) {
    const known = merged.get(next.digest)
    if (!known) {
      merged.set(next.digest, next)
      continue
    }
    // Who has seen the link hold knows best what it says.
    const [better, other] = next.confirmed && !known.confirmed ? [next, known] : [known, next]
    const via = [...known.via, ...next.via].filter(
      ({ strategy, source }, i, every) =>
        every.findIndex((one) => one.strategy === strategy && one.source === source) === i,
    )
    merged.set(next.digest, { ...other, ...better, via })
  }
  return [...merged.values()]
}
