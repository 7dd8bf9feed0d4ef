/**
 * Options of graph(), and what they must be.
 *
 * @module
 */
import { abortSignal, type Checks, func, positiveInteger } from '../../platform/options.ts'
import { type StrategyChoice, strategyChecks } from '../lib/strategy-choice.ts'

/** Options of `graph()`. Where no strategy is named, links of every kind are looked for. */
export type GraphOptions = StrategyChoice & {
  /**
   * Where the repository has more tags, the others are left out and the graph is not complete.
   * @default 100_000
   */
  readonly maxTags?: number | undefined
  /** Called with the manifests and tags that were read so far, and all that are known so far. */
  readonly onProgress?:
    | ((progress: { readonly items: { readonly done: number; readonly total: number } }) => void)
    | undefined
  readonly signal?: AbortSignal | undefined
}

export const graphChecks = (): Checks<GraphOptions> => ({
  ...strategyChecks(),
  maxTags: positiveInteger,
  onProgress: func,
  signal: abortSignal,
})
