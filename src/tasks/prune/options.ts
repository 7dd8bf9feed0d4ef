/**
 * Options of prune(), and what they must be.
 *
 * @module
 */
import {
  abortSignal,
  boolean,
  type Checks,
  func,
  milliseconds,
  positiveInteger,
} from '../../platform/options.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import { type DeleteProgress, planOf } from '../lib/deletes/step.ts'
import { type StrategyChoice, strategyChecks } from '../lib/strategy-choice.ts'
import type { Pruning } from './pruning.ts'
import { type KeepRule, keepCheck } from './rule.ts'

/** Options of `prune()`. Where no strategy is named, links of every kind are looked for. */
export type PruneOptions = PublishOptions &
  StrategyChoice & {
    /**
     * Only say what would be done. Nothing is written.
     * @default false
     */
    readonly dryRun?: boolean | undefined
    /**
     * A plan that was made before: nothing else is done, and of it only what a plan made now has too.
     * @default a plan is made, and carried out
     */
    readonly plan?: Pruning | undefined
    /** Artifacts that stay though their subject is gone: those that one of the rules means, and what is attached to them. */
    readonly keep?: KeepRule | readonly KeepRule[] | undefined
    /**
     * Where the repository has more tags, nothing is deleted.
     * @default 100_000
     */
    readonly maxTags?: number | undefined
    /** Called with each item when it is done, and how many there are. */
    readonly onProgress?: ((progress: DeleteProgress) => void) | undefined
  }

export const pruneChecks = (): Checks<PruneOptions> => ({
  ...strategyChecks(),
  dryRun: boolean,
  plan: planOf('prune()'),
  keep: keepCheck,
  maxTags: positiveInteger,
  onProgress: func,
  settle: milliseconds,
  signal: abortSignal,
})
