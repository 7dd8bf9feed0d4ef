/**
 * The links that are converted: each for its subject alone, with the ways that list it there.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { addTo } from '../../platform/add-to.ts'
import { listing } from '../../registry/lists/listing.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import { mergeReferrers } from '../lib/merge-referrers.ts'

/** A referrer of one subject. What `discover()` gives has the ways of all its subjects together. */
export interface OldLink {
  /** Its `via` is how it is linked to this subject. */
  readonly referrer: Referrer
  /** The ways that list it there; where a way has several places, each of these alone. */
  readonly ways: readonly Strategy[]
}

/** Ways that keep what they list. */
export interface Traced {
  readonly strategies: readonly Strategy[]
  /** What they listed for a subject by now; of it what `isMeant`. */
  linksTo(subject: Digest, isMeant: (digest: Digest) => boolean): readonly OldLink[]
}

interface Listed {
  readonly referrer: Referrer
  readonly strategy: Strategy
}

/** By what it is found is known of each way itself: `via` has its name, and not the repository that it looks in. */
export function traced(strategies: readonly Strategy[]): Traced {
  const bySubject = new Map<Digest, Listed[]>()
  const trace = (strategy: Strategy): Strategy => ({
    ...strategy,
    discover: (repo, subject, options) =>
      listing(async function* () {
        for await (const page of strategy.discover(repo, subject, options).pages()) {
          for (const referrer of page) {
            addTo(bySubject, referrer.subject.digest, { referrer, strategy })
          }
          yield page
        }
      }),
  })
  return {
    strategies: strategies.map(trace),
    linksTo(subject, isMeant) {
      const byDigest = new Map<Digest, Listed[]>()
      for (const one of bySubject.get(subject) ?? []) {
        const { digest } = one.referrer
        if (isMeant(digest)) addTo(byDigest, digest, one)
      }
      return [...byDigest.values()].map((links) => ({
        referrer: mergeReferrers(links.map(({ referrer }) => referrer))[0]!,
        ways: waysOf(links),
      }))
    },
  }
}

/** Each place once. */
function waysOf(links: readonly Listed[]): readonly Strategy[] {
  const ways = new Set<Strategy>()
  const places = new Map<Strategy, Set<string>>()
  for (const { referrer, strategy } of links) {
    for (const via of referrer.via) {
      if (!strategy.from) {
        ways.add(strategy)
        continue
      }
      const known = places.get(strategy) ?? new Set()
      if (known.has(via.source)) continue
      places.set(strategy, known.add(via.source))
      ways.add(strategy.from(via))
    }
  }
  return [...ways]
}

/**
 * Whether a way finds what another one writes, as far as names and options say: not where they look in different
 * repositories, or at tags that begin differently.
 */
export function mayShare(one: Strategy, other: Strategy): boolean {
  return [other, ...(other.choices ?? [])].some(
    ({ name, options }) =>
      name === one.name &&
      ['repository', 'prefix'].every(
        (key) => (options?.[key] ?? '') === (one.options?.[key] ?? ''),
      ),
  )
}
