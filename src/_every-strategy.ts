/**
 * Every way of linking there is: what is asked when nobody says which.
 *
 * @module
 */
import * as factories from './strategies/index.ts'
import type { Strategy } from './strategies/strategy.ts'

/** One of each; those that only choose among others would ask twice. */
export function everyStrategy(): readonly Strategy[] {
  return Object.values(factories)
    .map((factory) => factory())
    .filter(({ choices }) => choices === undefined)
}
