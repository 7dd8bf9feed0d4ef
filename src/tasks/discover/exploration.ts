/**
 * Asking every strategy about subjects, then about what points at them, level by level. Called by
 * discover.ts; what was found becomes a tree in _found-tree.ts.
 *
 * @module
 */

import { UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { type Asked, observed, type Reads } from '../../registry/observed.ts'
import type { Repository } from '../../registry/repository.ts'
import type { DiscoverOptions, Referrer, Strategy } from '../../strategies/strategy.ts'
import type { Scoped } from '../lib/scope.ts'
import type { Source } from './discover.ts'
import { findUnlisted } from './unlisted.ts'

/** What to ask, and how far to go. */
export interface ExploreOptions {
  readonly strategies: readonly Strategy[]
  readonly depth: number
  readonly maxReferrers: number
  /** What strategies filter by. */
  readonly filters: Pick<DiscoverOptions, 'artifactType' | 'annotations'>
  readonly verify: boolean | undefined
  readonly signal: AbortSignal | undefined
}

/** What points at one subject, as its strategies told it one after the other. */
export interface Links {
  /** Whatever it is; at the last level only what passes the filters. */
  readonly all: readonly Referrer[]
  /** What passes the filters. */
  readonly matching: readonly Referrer[]
}

/** All that was found. */
export interface Exploration {
  readonly links: ReadonlyMap<Digest, Links>
  readonly sources: readonly Source[]
  /** Whether there is more than was followed. */
  readonly cut: boolean
}

/** A source that is still being asked. */
type Telling = { -readonly [Key in keyof Source]: Source[Key] } & { readonly asked: Asked[] }

/**
 * Asks about each subject once, all strategies at the same time. Filters count for what is listed, not
 * for what is followed: so before the last level both are asked for, where they may differ.
 */
export async function explore(
  repo: Repository,
  { subjects, indexes, ...scoped }: Scoped,
  reads: Reads,
  options: ExploreOptions,
): Promise<Exploration> {
  const { strategies, depth, maxReferrers, filters, verify, signal } = options
  const { artifactType, annotations } = filters
  const selective = artifactType !== undefined || Object.keys(annotations ?? {}).length > 0
  const sources: Source[] = []
  let full = false

  /** Reads a listing, to the most that is followed. */
  async function collect(items: AsyncIterable<Referrer>, found: Referrer[] = []) {
    for await (const referrer of items) {
      if (found.length >= maxReferrers) {
        full = true
        break
      }
      found.push(referrer)
    }
    return found
  }

  /** One strategy's word, and a place to count it. */
  async function list(
    strategy: Strategy,
    subject: Digest,
    filters: DiscoverOptions,
    source: Telling,
  ): Promise<readonly Referrer[]> {
    const window = observed(repo, (event) => source.asked.push(event), reads)
    const found: Referrer[] = []
    try {
      const asked = { ...filters, everywhere: true, verify, signal }
      // What came before a failure counts too.
      await collect(strategy.discover(window, subject, asked), found)
      found.push(...(await findUnlisted(window, strategy, subject, found, asked, collect)))
    } catch (error) {
      signal?.throwIfAborted()
      // Two questions are one source: that one failed is what counts.
      if (source.status !== 'failed') {
        source.status = error instanceof UnsupportedError ? 'unsupported' : 'failed'
        source.error = error
      }
    }
    source.count = Math.max(source.count, new Set(found.map(({ digest }) => digest)).size)
    return found
  }

  /** All strategies' word about one subject; what passes the filters may still be on its way. */
  async function ask(subject: Digest, last: boolean) {
    const both = selective && !last
    const asked = strategies.map((strategy) => {
      const { name } = strategy
      const source: Telling = { strategy: name, subject, status: 'answered', count: 0, asked: [] }
      sources.push(source)
      const all = list(strategy, subject, both ? {} : filters, source)
      // Asked after the other, which may find out what the registry has; what is followed does not wait.
      const matching = both ? all.then(() => list(strategy, subject, filters, source)) : all
      // An abort is thrown by whoever waits.
      matching.catch(() => {})
      return { all, matching }
    })
    const flat = async (lists: readonly Promise<readonly Referrer[]>[]) =>
      (await Promise.all(lists)).flat()
    const all = await flat(asked.map(({ all }) => all))
    return { subject, all, matching: () => flat(asked.map(({ matching }) => matching)) }
  }

  const meant = new Set(subjects)
  /** Of what an index tells where it is no subject itself, only what is about its platforms. */
  function about(subject: Digest, list: readonly Referrer[]): readonly Referrer[] {
    if (!indexes.includes(subject)) return list
    return list.filter((referrer) => meant.has(referrer.subject.digest))
  }

  const seen = new Set<Digest>()
  const answers: Awaited<ReturnType<typeof ask>>[] = []
  const known = new Set([...subjects, ...indexes])
  let level: readonly Digest[] = [...known]
  for (let at = 1; at <= depth && level.length > 0; at++) {
    const found = await Promise.all(level.map((subject) => ask(subject, at === depth)))
    answers.push(...found)
    const next: Digest[] = []
    for (const { digest } of found.flatMap(({ subject, all }) => about(subject, all))) {
      if (seen.size >= maxReferrers && !seen.has(digest)) full = true
      seen.add(digest)
      // What points at itself in a circle, or was met before, is not asked about again.
      if (known.has(digest) || full) continue
      known.add(digest)
      next.push(digest)
    }
    level = next
  }

  const links = new Map<Digest, Links>()
  for (const { subject, all, matching } of answers) {
    links.set(subject, { all: about(subject, all), matching: about(subject, await matching()) })
  }
  return { links, sources, cut: scoped.cut || full }
}
