/**
 * What is attached to an image, for remove().
 *
 * @module
 */
import { ContentError } from '../../errors.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Digest } from '../../model/digest.ts'
import { subjectsOf } from '../../model/successors.ts'
import { acceptOf } from '../../registry/accept.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { withoutList } from '../../registry/without-list.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { discover } from '../discover/discover.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import { levelsOf } from '../lib/depth.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import type { RemoveOptions } from './removal.ts'

/** What was found, and what is not known. */
export interface Attached {
  readonly referrers: readonly FoundReferrer[]
  /** Why not all could be listed. */
  readonly missing: Error | undefined
  /** What a referrer's own manifest says that it is attached to, where more than one of the registry's lists may have it. */
  readonly linkedTo: ReadonlyMap<Digest, readonly Digest[]>
}

/**
 * Finds what is attached to an image and its platforms.
 *
 * Requests: those of `discover()`; and `GET` of each referrer on a registry with several kinds of lists.
 */
export async function findAttached(
  repo: Repository,
  image: Digest,
  options: RemoveOptions,
): Promise<Attached> {
  const { depth, signal } = options
  const { capabilities } = repo
  const isThere = ({ needs }: Strategy) => needs.every((need) => capabilities[need] === 'supported')
  const strategies =
    chosenStrategies(options) ??
    (await everyStrategy()).filter(isThere).map((one) => withoutUnknownList(repo, one))
  const found = await discover(repo, image, {
    strategies,
    scope: 'all',
    depth: levelsOf(depth),
    signal,
  })
  const failed = found.sources.find(({ status }) => status === 'failed')
  const missing = found.complete
    ? undefined
    : (failed?.error ??
      new ContentError('TOO_LARGE', `referrers of ${image}`, 'what one call follows', 'more'))
  const lists = strategies.filter(({ list, needs }) =>
    list ? capabilities[list] === 'supported' : needs.length > 0,
  )
  const linkedTo = lists.length > 1 ? await readLinks(repo, found.flat, signal) : new Map()
  return { referrers: found.flat, missing, linkedTo }
}

/** A way whose list no registry has had since 2022 looks at its tag, unless this registry was seen to have the list. */
function withoutUnknownList({ capabilities }: Repository, strategy: Strategy): Strategy {
  const { list } = strategy
  if (list === undefined || list === 'referrersApi' || capabilities[list] === 'supported') {
    return strategy
  }
  return {
    ...strategy,
    discover: (repo, subject, how) => strategy.discover(withoutList(repo, list), subject, how),
  }
}

async function readLinks(
  repo: Repository,
  referrers: readonly FoundReferrer[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const links = await Promise.all(
    referrers.map(async (referrer) => {
      const accept = acceptOf(referrer)
      const stored = await findManifest(repo, referrer.digest, { accept, signal })
      const to = stored
        ? subjectsOf(parseAnyManifest(stored.bytes, stored.descriptor.mediaType))
        : []
      return [referrer.digest, to] as const
    }),
  )
  return new Map(links)
}
