/**
 * Lists referrers that the registry lists, or that are at the referrers tag (distribution-spec 1.1, "Listing
 * Referrers").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { isDoubtful, truthOf, truthOfPage } from '../lib/doubts.ts'
import { passes, plainReferrer } from '../lib/summary.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import type { KeptLinks } from './links.ts'
import { type ListEnd, listReferrersApi, maybeHidden } from './list-api.ts'

/**
 * Pages of referrers. After an empty list the tag is read too: there is what was linked before the registry had the
 * list, or by a client that did not find out that it has.
 */
export async function* discoverKept(
  repo: Repository,
  subject: Digest,
  links: KeptLinks,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[]> {
  const { api } = links
  let hidden: Error | undefined
  if (repo.capabilities[api.capability] !== 'unsupported') {
    try {
      const end = yield* listByApi(repo, subject, links, options)
      if (end.is === 'complete') {
        if (!end.empty) return
        const { listBesides } = await onDemand()
        yield listBesides(repo, subject, links, options)
        return
      }
      if (end.is === 'unclear') hidden = end.error
    } catch (error) {
      if (!maybeHidden(repo, error, api)) throw error
      hidden = error
    }
  }
  const { listByTag } = await onDemand()
  yield listByTag(repo, subject, links, options, hidden)
}

const onDemand = async () => (await import('./on-demand.ts')).onDemand

/** Pages of the registry's list. What it says enough of comes first: for one match no manifest is read. */
async function* listByApi(
  repo: Repository,
  subject: Digest,
  { api, viaApi, pointsAt, listedPointsAt = pointsAt }: KeptLinks,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[], ListEnd, undefined> {
  const pages = listReferrersApi(repo, subject, options, api)
  for (;;) {
    const next = await pages.next()
    if (next.done) return next.value
    const page = next.value
    const truth = truthOfPage(truthOf(repo, viaApi), page)
    const isOpen = (entry: Descriptor) => isDoubtful(entry, options, truth)
    const open = page.filter(isOpen)
    const filtered = options.artifactType ?? options.annotations
    const [first, rest] =
      open.length === 0
        ? [page, []]
        : filtered
          ? [page.filter((entry) => !isOpen(entry)), open]
          : [[], page]
    if (rest.length === 0 || first.length > 0) {
      const found = first.map((entry) => plainReferrer(subject, entry, viaApi))
      yield found.filter((referrer) => passes(referrer, options))
    }
    if (rest.length > 0) {
      const { toReferrers } = await onDemand()
      yield toReferrers(repo, subject, rest, viaApi, options, listedPointsAt, page)
    }
  }
}
