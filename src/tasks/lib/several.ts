/**
 * Several ways of linking read at the same time, as one list or for one answer. Loaded when a call names
 * more than one.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import type { Listing } from '../../registry/lists/listing.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import { observed } from '../../registry/views.ts'
import type { FindOptions, Referrer, Strategy } from '../../strategies/strategy.ts'
import { anyOf } from './any-of.ts'
import { mergeReferrers } from './merge-referrers.ts'

/**
 * What all of them list: the next page of each at a time, as one page in which each digest is listed once,
 * with every way it was found in that page. What an earlier page had is not listed again.
 *
 * @throws what kept one of them from answering, after what the others list; see {@link settle}
 */
export async function* listSeveral(
  repo: Repository,
  subject: Digest,
  strategies: readonly Strategy[],
  options: FindOptions,
): AsyncGenerator<readonly Referrer[], void, undefined> {
  const window = observed(repo, () => {}, internalsOf(repo).reads ?? new Map())
  const listed = new Set<Digest>()
  const lists = strategies.map((strategy) => strategy.discover(window, subject, options))
  const ended = yield* inRounds(lists, (found) => {
    const page = mergeReferrers(found).filter(({ digest }) => !listed.has(digest))
    for (const { digest } of page) listed.add(digest)
    return page
  })
  settle(ended)
}

/**
 * The next page of each at a time, as one page.
 *
 * @returns through the generator, how each of them ended
 */
export async function* inRounds(
  lists: readonly Listing<Referrer>[],
  merge: (found: readonly Referrer[]) => readonly Referrer[],
): AsyncGenerator<readonly Referrer[], readonly PromiseSettledResult<unknown>[], undefined> {
  const ended: PromiseSettledResult<unknown>[] = []
  let open = lists.map((list) => list.pages()[Symbol.asyncIterator]())
  try {
    while (open.length > 0) {
      const results = await Promise.allSettled(open.map((pages) => pages.next()))
      const hasMore = (i: number) => {
        const result = results[i]!
        return result.status === 'fulfilled' && !result.value.done
      }
      ended.push(...results.filter((_, i) => !hasMore(i)))
      open = open.filter((_, i) => hasMore(i))
      const page = merge(
        results.flatMap((result) =>
          result.status === 'fulfilled' && !result.value.done ? result.value.value : [],
        ),
      )
      if (open.length > 0 || page.length > 0) yield page
    }
  } finally {
    await Promise.all(open.map((pages) => pages.return?.()))
  }
  return ended
}

/**
 * Whether one of them lists anything: yes as soon as one does, whatever the others come to; no when all
 * have answered.
 *
 * @throws what kept one of them from answering, where none said yes; see {@link settle}
 */
export async function anyOfSeveral(
  repo: Repository,
  subject: Digest,
  strategies: readonly Strategy[],
  options: FindOptions,
): Promise<boolean> {
  const window = observed(repo, () => {}, new Map())
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const answers = strategies.map((strategy) =>
    anyOf(strategy, window, subject, { ...options, signal }),
  )
  const yes = Promise.any(answers.map(async (answer) => (await answer) || Promise.reject()))
  try {
    return await yes
  } catch {
    settle(await Promise.allSettled(answers))
    return false
  } finally {
    stop.abort()
  }
}

/**
 * Throws what kept one of them from answering. That a registry has no support for one way is an answer:
 * such links cannot be there; but not where it has none for any of them.
 */
export function settle(results: readonly PromiseSettledResult<unknown>[]): void {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  const failed = reasons.find((reason) => !(reason instanceof UnsupportedError))
  if (failed !== undefined) throw failed
  if (reasons.length > 0 && reasons.length === results.length) throw reasons[0]
}
