/**
 * Which ways of linking a call reads through.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { type Check, type Checks, func, listOf } from '../../platform/options.ts'
import type { Strategy } from '../../strategies/strategy.ts'

/** One way of linking or several, not both; each call says which it takes where none is given. */
export type StrategyChoice =
  | {
      /** How links are written down. */
      readonly strategy?: Strategy | undefined
      readonly strategies?: undefined
    }
  | {
      readonly strategy?: undefined
      /** Several ways at once, in place of `strategy`: each referrer is listed once, with every `via`. */
      readonly strategies?: readonly Strategy[] | undefined
    }

/** A factory given in place of what it makes is not one. */
export const strategy: Check = [
  'a strategy, such as ociSubject(), which has discover()',
  (value) => func[1](Object(value).discover),
]

type Verb = 'check' | 'blobs' | 'describe' | 'read' | 'publish' | 'discover' | 'withdraw'

/** What linking an artifact uses of a strategy. */
export const LINKING: readonly Verb[] = ['check', 'blobs', 'describe', 'publish']

/**
 * Checks that strategies which somebody made by hand have what a call uses of them.
 *
 * @throws {@link InvalidInputError} naming what is missing
 */
export function checkVerbs(strategies: readonly Strategy[], verbs: readonly Verb[]): void {
  for (const one of strategies) {
    for (const verb of verbs) {
      const [expected, accepts] = func
      if (!accepts(one[verb]))
        throw new InvalidInputError('INVALID_INPUT', `strategy.${verb}`, expected, one[verb])
    }
  }
}

export const strategyChecks = (): Checks<StrategyChoice> => ({
  strategy,
  strategies: listOf(strategy),
})

/**
 * The strategies that a call's options name; `undefined` where they name none.
 *
 * @throws {@link InvalidInputError} for an empty list, of which the answer would always be "none"
 */
export function chosenStrategies({
  strategy,
  strategies,
}: StrategyChoice): readonly Strategy[] | undefined {
  if (strategy && strategies) {
    const expected = 'left out where "strategy" is given'
    throw new InvalidInputError('INVALID_INPUT', 'strategies', expected, strategies)
  }
  if (strategies?.length === 0) {
    throw new InvalidInputError('INVALID_INPUT', 'strategies', 'of at least one', strategies)
  }
  return strategy ? [strategy] : strategies
}
