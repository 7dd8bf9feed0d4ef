/**
 * Takes an old link away once its new ones hold.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { detach } from '../detach.ts'
import { discover } from '../discover/discover.ts'
import { toError } from '../lib/to-error.ts'
import type { ConvertedLink, ConvertedReferrer } from './certificate.ts'
import type { How } from './how.ts'
import { mayShare, type OldLink } from './old-links.ts'

/**
 * Detaches the referrer from its subject by the ways that are converted; says why where it stays.
 *
 * Requests: those of `discover()` of the referrer, for what is attached to it, and of `detach()`.
 */
export async function takeAway(
  repo: Repository,
  subject: Digest,
  { referrer, ways: old }: OldLink,
  links: readonly ConvertedLink[],
  { to, settle, signal }: How,
): Promise<ConvertedReferrer['old']> {
  const unsure = links.find((link) => !isSure(link))
  if (unsure) {
    return kept(`its new link by ${unsure.strategy} was not seen to hold the same content`)
  }
  if (referrer.via.some((way) => way.kept === 'entry')) {
    return kept('the index of the image lists it, and would be another index without it')
  }
  // Where the new link is this manifest too, only what links it from outside can be taken away.
  const shared = links.some(({ digest }) => digest === referrer.digest)
  const ways = shared ? old.filter((way) => !way.linkFields && !isNew(way, to)) : old
  if (ways.length === 0) return kept('it is linked in the new way itself')
  try {
    if (!shared) {
      const { referrers, complete } = await discover(repo, referrer.digest, { signal })
      if (!complete) return kept('whether something is attached to it could not be seen')
      const [first] = referrers
      if (first) return kept(`${first.digest} is attached to it`)
    }
    const { deleted, action, reason } = await detach(repo, subject, referrer.digest, {
      strategies: ways,
      settle,
      signal,
    })
    if (deleted || action) return { status: 'removed', ...(reason !== undefined && { reason }) }
    return kept(reason ?? 'it is no longer there')
  } catch (error) {
    signal?.throwIfAborted()
    return kept(toError(error).message)
  }
}

function isSure({ status, confirmed, payloadsEqual }: ConvertedLink): boolean {
  return payloadsEqual && confirmed && (status === 'written' || status === 'present')
}

/** Whether taking away what this way finds would take the new link away too. */
function isNew(way: Strategy, to: readonly Strategy[]): boolean {
  return to.some((one) => mayShare(way, one))
}

function kept(reason: string): ConvertedReferrer['old'] {
  return { status: 'kept', reason }
}
