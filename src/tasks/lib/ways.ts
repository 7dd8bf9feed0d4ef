/**
 * The strategies by which a referrer was found.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Strategy, Via } from '../../strategies/strategy.ts'
import { strategyOf } from '../strategy-of.ts'

/**
 * Each once, with the options by which it was found.
 *
 * @param known - strategies beside those of ocilink/strategies
 * @throws {@link InvalidInputError} for a name that is not known
 */
export async function waysOf(
  via: readonly Via[],
  known: readonly Strategy[] = [],
): Promise<readonly Strategy[]> {
  const ways = new Map<string, Strategy>()
  for (const way of via) {
    const strategy = await strategyOf(way, known)
    if (!strategy) {
      const expected = 'the name of a strategy of ocilink/strategies, or pass "strategy"'
      throw new InvalidInputError('INVALID_INPUT', 'referrer.via', expected, way.strategy)
    }
    ways.set(strategy.from ? `${way.strategy} ${way.source}` : way.strategy, strategy)
  }
  return [...ways.values()]
}
