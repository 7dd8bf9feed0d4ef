/**
 * How much one call follows, and whether there was more.
 *
 * @module
 */

/** Shared by all listings of a call. */
export interface Limit {
  /** Most referrers to take from a listing, and to follow. */
  readonly most: number
  /** Whether something was left out. */
  reached: boolean
}

/** Adds what a listing gives to `found`, as far as the limit goes; what came before a failure stays. */
export async function collect<T>(
  items: AsyncIterable<T>,
  limit: Limit,
  found: T[] = [],
): Promise<readonly T[]> {
  for await (const item of items) {
    if (found.length >= limit.most) {
      limit.reached = true
      break
    }
    found.push(item)
  }
  return found
}
