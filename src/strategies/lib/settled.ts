/**
 * Reads of several places where links may be.
 *
 * @module
 */
import type { Referrer } from '../strategy.ts'

/**
 * What all of them found, as one page; then why one of them failed, so that a match counts before it.
 *
 * @throws the first failure
 */
export async function* settled(
  reads: readonly Promise<readonly Referrer[]>[],
): AsyncGenerator<readonly Referrer[], void, undefined> {
  const results = await Promise.allSettled(reads)
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (found.length > 0 || !failed) yield found
  if (failed) throw failed.reason
}
