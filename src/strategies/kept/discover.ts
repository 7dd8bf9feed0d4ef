/**
 * Lists referrers: from the registry's list, or from the index at the referrers tag.
 *
 * @module
 */
import type { ConnectionError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { mayBeOfType, toReferrers } from '../lib/referrer.ts'
import { readDocument } from '../shared-tag/document.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { referrersTagOf } from './document.ts'
import type { KeptLinks } from './links.ts'
import { listReferrersApi, maybeHidden } from './list-api.ts'

/** Pages of referrers. */
export async function* discoverKept(
  repo: Repository,
  subject: Digest,
  links: KeptLinks,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[]> {
  let hidden: ConnectionError | undefined
  if (repo.capabilities[links.api.capability] !== 'unsupported') {
    try {
      if ((yield* listByApi(repo, subject, links, options)) === 'complete') return
    } catch (error) {
      if (!maybeHidden(repo, error, links.api)) throw error
      hidden = error
    }
  }
  yield listByTag(repo, subject, links, options, hidden)
}

/**
 * Pages of the registry's list. Where one type is wanted of a list of several pages, a manifest is read once to see
 * whether the registry filters by type correctly.
 *
 * @returns `'complete'` where the registry has the list
 */
async function* listByApi(
  repo: Repository,
  subject: Digest,
  { api, viaApi, pointsAt, listedPointsAt = pointsAt }: KeptLinks,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[], 'absent' | 'unnamed' | 'complete', undefined> {
  const seen = new Map<Digest, Descriptor>()
  let pages = listReferrersApi(repo, subject, options, api)
  let page = await pages.next()
  for (let count = 1; !page.done; count++) {
    const fresh = page.value.filter(
      (entry) => !seen.has(entry.digest) && seen.set(entry.digest, entry),
    )
    if (count === 2 && options.artifactType) {
      const { learnTypeFilter } = (await import('./on-demand.ts')).onDemand
      const learnt = await learnTypeFilter(repo, [...seen.values()], options.signal)
      if (learnt) pages = listReferrersApi(repo, subject, options, api)
    }
    yield await toReferrers(repo, subject, fresh, viaApi, options, listedPointsAt)
    page = await pages.next()
  }
  return page.value
}

/**
 * The entries of the index at the referrers tag.
 *
 * @param hidden - the error of a list that may exist, but cannot be read from this page
 */
async function listByTag(
  repo: Repository,
  subject: Digest,
  links: KeptLinks,
  options: FindOptions,
  hidden: ConnectionError | undefined,
): Promise<readonly Referrer[]> {
  const { viaTag, pointsAt, ownPointsAt } = links
  const document = referrersTagOf(subject)
  const state = await readDocument(repo, document, { signal: options.signal })
  // Neither the list nor the tag could be read: that is not "none".
  if (hidden && (!state.stored || state.foreign)) throw hidden
  if (state.foreign)
    warn(repo, `The tag ${document.tag} holds ${state.foreign}: what is no referrer is left out`)
  const own = state.entries.filter((entry) => links.isOwn(entry, subject))
  const unsure = state.entries.filter(
    (entry) =>
      links.isOwn(entry, subject) === undefined && mayBeOfType(entry, options.artifactType),
  )
  const read = (entries: readonly Descriptor[], verify: boolean | undefined, points = pointsAt) =>
    toReferrers(repo, subject, entries, viaTag, { ...options, verify }, points)
  // Where the index has foreign entries too, each manifest has to confirm its link.
  const verify = options.verify || state.foreign !== undefined
  const found = await Promise.all([read(own, verify, ownPointsAt), read(unsure, true)])
  return found.flat()
}
