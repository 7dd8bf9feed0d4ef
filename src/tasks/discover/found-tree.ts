/**
 * What several strategies list, as each referrer once: in a tree, and in one list.
 *
 * @module
 */

import type { Digest } from '../../model/digest.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { mergeReferrers } from '../lib/merge-referrers.ts'
import type { Links } from './exploration.ts'

/** A referrer with what points at it in turn. */
export interface FoundReferrer extends Referrer {
  /** Every subject that it was found for; `subject` is the one that it is listed below. */
  readonly subjects: readonly Digest[]
  /**
   * Its own referrers, down to the asked depth: the same wherever it is listed, save below itself,
   * where there are none.
   */
  readonly referrers: readonly FoundReferrer[]
}

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

  function levelOf(subjects: readonly Digest[]): Level {
    const lists = subjects.flatMap((subject) => links.get(subject) ?? [])
    const matching = mergeReferrers(lists.flatMap(({ matching }) => matching)).filter(passes)
    for (const referrer of matching) {
      const known = passed.get(referrer.digest) ?? []
      passed.set(referrer.digest, [...known, referrer])
    }
    const all = new Map(
      [...mergeReferrers(lists.flatMap(({ all }) => all)), ...matching].map((each) => [
        each.digest,
        each,
      ]),
    )
    const own = new Set(matching.map(({ digest }) => digest))
    return { subjects, referrers: [...all.values()], own, visited: 0 }
  }

  function nodesOf({ referrers, own }: Level): readonly FoundReferrer[] {
    return referrers
      .map(toNode)
      .filter(({ digest, referrers }) => own.has(digest) || referrers.length > 0)
  }

  function toNode(referrer: Referrer): FoundReferrer {
    const { digest } = referrer
    return { ...referrer, subjects: [...subjectsOf.get(digest)!], referrers: below.get(digest)! }
  }

  // Depth first, and each level after those below it. Not by recursion: a chain may be longer than the
  // stack is deep.
  const top = levelOf(subjects)
  const path = [top]
  for (let level = path.at(-1); level; level = path.at(-1)) {
    const next = level.referrers[level.visited++]
    if (!next) {
      path.pop()
      // All but the top have one subject.
      if (level !== top) below.set(level.subjects[0]!, nodesOf(level))
    } else if (!below.has(next.digest)) {
      // Nothing as long as it is on the path: it may be met again below itself.
      below.set(next.digest, [])
      path.push(levelOf([next.digest]))
    }
  }
  return { tree: nodesOf(top), flat: mergeReferrers([...passed.values()].flat()).map(toNode) }
}

/** The referrers of some subjects, while those below them are looked at. */
interface Level {
  readonly subjects: readonly Digest[]
  readonly referrers: readonly Referrer[]
  /** Those that pass; of the others only what leads to one is kept. */
  readonly own: ReadonlySet<Digest>
  visited: number
}
