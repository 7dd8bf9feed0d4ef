/**
 * Every way of linking there is, for calls that name none.
 *
 * @module
 */
import type { Strategy } from '../../strategies/strategy.ts'

/** One of each; those that only choose among others would list twice. */
export async function everyStrategy(): Promise<readonly Strategy[]> {
  // Loaded when it is called: a bundle without discover() and detect() holds only what it imports.
  const factories = await import('../../strategies/index.ts')
  return Object.values(factories)
    .map((factory) => factory())
    .filter(({ choices }) => choices === undefined)
}
