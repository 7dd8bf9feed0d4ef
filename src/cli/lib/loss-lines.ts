/**
 * What did not come along, for people.
 *
 * @module
 */
import type { CopyLoss } from '../../index.ts'

/** A line for each. */
export function lossLines(losses: readonly CopyLoss[]): readonly string[] {
  return losses.map(({ digest, reason }) => `lost: ${digest}: ${reason}`)
}
