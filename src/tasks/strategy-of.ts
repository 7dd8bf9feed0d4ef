/**
 * The way back from how a referrer was found to the strategy that found it.
 *
 * @module
 */
import type { Strategy, Via } from '../strategies/strategy.ts'
import { everyStrategy } from './lib/every-strategy.ts'

/**
 * The strategy by which a referrer was found, with the options that `via` shows.
 *
 * @param known - strategies of one's own; those of ocilink/strategies are known
 * @returns `undefined` where there is none of that name
 * @throws `TypeError` for what is no `via`
 * @example
 * ```ts
 * import { referrers, repository, strategyOf } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const { via } of referrers(app, 'v1')) console.log((await strategyOf(via[0]!))?.spec)
 * ```
 */
export async function strategyOf(
  via: Via,
  known: readonly Strategy[] = [],
): Promise<Strategy | undefined> {
  const { strategy: name } = Object(via) as Partial<Via>
  if (typeof name !== 'string') {
    const hint = 'via' in Object(via) ? 'pass referrer.via[0]' : 'a referrer has a list of them'
    throw new TypeError(`"via" must be a { strategy, source, kept }, got ${typeof via}: ${hint}`)
  }
  if (!Array.isArray(known)) throw new TypeError('"known" must be a list of strategies')
  const all = [...known, ...(await everyStrategy())]
  const strategy = all.find((each) => each.name === name)
  return strategy?.from?.(via) ?? strategy
}
