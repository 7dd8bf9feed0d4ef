/**
 * What the parts of a conversion share.
 *
 * @module
 */
import type { Strategy } from '../../strategies/strategy.ts'

/** How to convert. */
export interface How {
  readonly from: readonly Strategy[]
  readonly to: readonly Strategy[]
  readonly keep: boolean
  readonly dryRun: boolean
  readonly settle: number | undefined
  readonly signal: AbortSignal | undefined
}
