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
   * Its own referrers, down to the `depth` of the call: the same wherever it is listed, save below itself,
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
  const build: Build = {
    links,
    passes,
    subjects: subjectsByReferrer(links),
    passed: [],
    below: new Map(),
  }
  const top = openLevel(build, subjects)
  fillBelow(build, top)
  const flat = mergeReferrers(build.passed).map((referrer) => toNode(build, referrer))
  return { tree: toNodes(build, top), flat }
}

/** A tree while it is built. */
interface Build {
  readonly links: ReadonlyMap<Digest, Links>
  readonly passes: (referrer: Referrer) => boolean
  /** Every subject that a referrer was found for. */
  readonly subjects: ReadonlyMap<Digest, readonly Digest[]>
  /** What passes, as often as it was met. */
  readonly passed: Referrer[]
  /** What is below each referrer, once that is known. */
  readonly below: Map<Digest, readonly FoundReferrer[]>
}

/** The referrers of some subjects, while those below them are looked at. */
interface Level {
  readonly subjects: readonly Digest[]
  readonly referrers: readonly Referrer[]
  /** Those that pass; of the others only what leads to one is kept. */
  readonly own: ReadonlySet<Digest>
  visited: number
}

/** One list for each referrer, wherever it is met: copies would be as many as links by subjects. */
function subjectsByReferrer(links: Build['links']): Build['subjects'] {
  const subjects = new Map<Digest, Set<Digest>>()
  for (const { all, matching } of links.values()) {
    for (const list of [all, matching]) {
      for (const { digest, subject } of list) {
        const known = subjects.get(digest) ?? new Set()
        subjects.set(digest, known.add(subject.digest))
      }
    }
  }
  return new Map([...subjects].map(([digest, known]) => [digest, [...known]]))
}

/**
 * Depth first, and each level after those below it. Not by recursion: a chain may be longer than the
 * stack is deep.
 */
function fillBelow(build: Build, top: Level): void {
  const path = [top]
  for (let level = path.at(-1); level; level = path.at(-1)) {
    const next = level.referrers[level.visited++]
    if (!next) {
      path.pop()
      // All but the top have one subject.
      if (level !== top) build.below.set(level.subjects[0]!, toNodes(build, level))
    } else if (!build.below.has(next.digest)) {
      // Nothing as long as it is on the path: it may be met again below itself.
      build.below.set(next.digest, [])
      path.push(openLevel(build, [next.digest]))
    }
  }
}

function openLevel({ links, passes, passed }: Build, subjects: readonly Digest[]): Level {
  const lists = subjects.flatMap((subject) => links.get(subject) ?? [])
  const matching = mergeReferrers(lists.flatMap(({ matching }) => matching)).filter(passes)
  for (const referrer of matching) passed.push(referrer)
  const all = new Map(
    [...mergeReferrers(lists.flatMap(({ all }) => all)), ...matching].map((each) => [
      each.digest,
      each,
    ]),
  )
  const own = new Set(matching.map(({ digest }) => digest))
  return { subjects, referrers: [...all.values()], own, visited: 0 }
}

function toNodes(build: Build, { referrers, own }: Level): readonly FoundReferrer[] {
  return referrers
    .map((referrer) => toNode(build, referrer))
    .filter(({ digest, referrers }) => own.has(digest) || referrers.length > 0)
}

function toNode({ subjects, below }: Build, referrer: Referrer): FoundReferrer {
  const { digest } = referrer
  return { ...referrer, subjects: subjects.get(digest)!, referrers: below.get(digest)! }
}
