/**
 * How much one call follows, and whether there was more.
 *
 * @module
 */
import { ContentError } from '../../errors.ts'
import { pause } from '../../platform/pause.ts'

/**
 * Links of one call: with a few thousand digests that all point at each other there are millions, and each is kept
 * until the call ends (measured: 100 000 take 150 MB).
 */
export const MAX_LINKS = 100_000

/** Shared by all listings of a call. */
export interface Limit {
  /** Most referrers to take from a listing, and to follow. */
  readonly most: number
  /** Whether something was left out. */
  reached: boolean
  /** Links that were listed so far. */
  links: number
  readonly signal: AbortSignal | undefined
}

/** Why not all was followed, where that is so. */
export function cutBy({ reached, most }: Limit): ContentError | undefined {
  if (!reached) return undefined
  const hint = 'Set a higher "maxReferrers"'
  return new ContentError('TOO_LARGE', 'referrers of one call', most, `more than ${most}`, { hint })
}

/** Lets timers and other work come in between, the caller's signal too. */
export async function letOthersRun({ signal }: Limit): Promise<void> {
  await pause()
  signal?.throwIfAborted()
}

/**
 * Adds what a listing gives to `found`, as far as the limit goes; what came before a failure stays.
 *
 * @throws `ContentError` `TOO_LARGE` where the call has listed too many links
 */
export async function collect<T>(
  items: AsyncIterable<T>,
  limit: Limit,
  found: T[] = [],
): Promise<readonly T[]> {
  checkLinks(limit)
  for await (const item of items) {
    if (found.length >= limit.most) {
      limit.reached = true
      break
    }
    checkLinks(limit)
    found.push(item)
    if (++limit.links % 100 === 0) await letOthersRun(limit)
  }
  return found
}

function checkLinks({ links }: Limit): void {
  if (links < MAX_LINKS) return
  const hint = 'Ask for less depth, or for fewer ways of linking'
  throw new ContentError('TOO_LARGE', 'links of one call', MAX_LINKS, links + 1, { hint })
}
