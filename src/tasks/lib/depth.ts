/**
 * How far calls follow referrers of referrers, where they take "all there is" too.
 *
 * @module
 */
import { type Check, positiveInteger } from '../../platform/options.ts'

/** How many levels to follow, also all of them. */
export const depthCheck: Check = [
  'a whole number from 1, or Infinity',
  (value) => value === Number.POSITIVE_INFINITY || positiveInteger[1](value),
]

/** As `discover()` takes it: no chain is longer. */
export function levelsOf(depth: number | undefined): number | undefined {
  return depth === undefined ? undefined : Math.min(depth, Number.MAX_SAFE_INTEGER)
}
