/**
 * What the parts of a conversion share.
 *
 * @module
 */
import type { Strategy } from '../../strategies/strategy.ts'

/** How to convert. */
export interface How {
  readonly to: readonly Strategy[]
  readonly keep: boolean
  readonly dryRun: boolean
  readonly settle: number | undefined
  readonly signal: AbortSignal | undefined
}

/** With what right manifests are read that will be written: a dry run writes none. */
export function intentOf({ dryRun }: Pick<How, 'dryRun'>): 'push' | undefined {
  return dryRun ? undefined : 'push'
}
