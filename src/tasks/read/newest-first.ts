/**
 * Referrers by their dates, the newest first.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Referrer } from '../../strategies/strategy.ts'
import { createdOf } from '../lib/created.ts'
import type { Doubts } from './doubts.ts'
import type { Place } from './find.ts'
import { AT_ONCE } from './in-turn.ts'
import type { ReadOptions } from './options.ts'
import { open } from './select.ts'

/** Before all dates. */
const UNDATED = -Number.MAX_VALUE

/**
 * In the order of `newest()`: those without a date come last, and those of one date as they are listed. Those that
 * cannot be read are left out.
 *
 * Requests: one for the manifest of each that is listed without annotations; none where there is one alone.
 *
 * @param doubts - what went wrong is added
 */
export async function newestFirst(
  place: Place,
  found: readonly Referrer[],
  { predicateType: _, ...options }: ReadOptions,
  doubts: Doubts,
): Promise<readonly Referrer[]> {
  if (found.length < 2) return found
  const read = async (referrer: Referrer): Promise<Referrer | undefined> =>
    referrer.annotations ? referrer : open(place, referrer, options, doubts)
  const readable = (await pLimit(AT_ONCE).map(found, read)).filter((one) => one !== undefined)
  const dated = readable.map((referrer) => ({ referrer, created: createdOf(referrer) ?? UNDATED }))
  return dated.toSorted((a, b) => b.created - a.created).map(({ referrer }) => referrer)
}
