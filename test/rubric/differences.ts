// Where a real registry does not do what its profile does, so that a verdict on it is another one, or now this and now
// that.
import type { Strategy } from '../../src/strategies/index.ts'

export interface Difference {
  readonly registry: string
  readonly story: string
  /** Which ways of linking it concerns. */
  readonly concerns: (strategy: Strategy) => boolean
  readonly reason: string
}

export const differences: readonly Difference[] = [
  {
    registry: 'olareg',
    story: 'C.8',
    concerns: ({ list }) => list === 'referrersApi',
    reason:
      'of two links that are pushed at the same moment it may list one, though it has acknowledged both (olareg 0.2: 2 of 60 pairs)',
  },
]
