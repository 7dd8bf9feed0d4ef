/**
 * Links that the registry keeps a list of, and clients keep one at the referrers tag where it does
 * not. OCI 1.1 and proposal B differ in the field, and in the list they ask for.
 *
 * @module
 */
import { ConnectionError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Manifest } from '../../model/manifest.ts'
import { isPage } from '../../platform/page.ts'
import { type PutManifestResult, putManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { mayBeOfType, ownWord, type PointsAt, toReferrers } from '../lib/referrer.ts'
import { readDocument } from '../shared-tag/document.ts'
import type { DiscoverOptions, PublishOptions, Referrer, Via } from '../strategy.ts'
import { type ListApi, listReferrersApi } from './list-api.ts'
import { referrersTagOf } from './referrers-tag.ts'

/** A kind of links that are kept so. */
export interface KeptLinks {
  readonly api: ListApi
  readonly viaApi: Via
  readonly viaTag: Via
  readonly pointsAt: PointsAt
  /** The same of what the registry lists. */
  readonly listedPointsAt?: PointsAt
  /** The same of an entry of the referrers tag that says itself that it is of this kind. */
  readonly ownPointsAt?: PointsAt
  /** Whether an entry of the referrers tag is of this kind; `undefined` where its manifest must tell. */
  isOwn(entry: Descriptor, subject: Digest): boolean | undefined
}

/** What is loaded when a registry without a list is written to, or one with a long list is read. */
export const onDemand = (): Promise<typeof import('./on-demand.ts')> => import('./on-demand.ts')

/** Writes a referrer's manifest, and gives the entry that lists of referrers have for it. */
export async function putReferrer(
  repo: Repository,
  manifest: Manifest,
  { tags = [], signal }: PublishOptions,
): Promise<PutManifestResult & { readonly entry: Descriptor }> {
  let result: PutManifestResult | undefined
  for (const tag of tags.length > 0 ? tags : [undefined]) {
    result = await putManifest(repo, tag, manifest, { signal })
  }
  return { ...result!, entry: { ...result!.descriptor, ...ownWord(manifest) } }
}

/**
 * Pages of referrers: from the registry's list, or the referrers tag. Where one type is wanted of a list
 * of several pages, a manifest is read once to see whether the registry can be asked for that type.
 */
export async function* listLinks(
  repo: Repository,
  subject: Digest,
  links: KeptLinks,
  options: DiscoverOptions,
): AsyncGenerator<readonly Referrer[]> {
  const { api, viaApi, viaTag, pointsAt, listedPointsAt = pointsAt } = links
  let hidden: ConnectionError | undefined
  if (repo.capabilities[api.capability] !== 'unsupported') {
    try {
      const seen = new Map<Digest, Descriptor>()
      let pages = listReferrersApi(repo, subject, options, api)
      let page = await pages.next()
      for (let count = 1; !page.done; count++) {
        const fresh = page.value.filter(
          (entry) => !seen.has(entry.digest) && seen.set(entry.digest, entry),
        )
        if (count === 2 && options.artifactType) {
          const { learnTypeFilter } = await onDemand()
          const learnt = await learnTypeFilter(repo, [...seen.values()], options.signal)
          if (learnt) pages = listReferrersApi(repo, subject, options, api)
        }
        yield await toReferrers(repo, subject, fresh, viaApi, options, listedPointsAt)
        page = await pages.next()
      }
      if (page.value === 'complete') return
    } catch (error) {
      if (!maybeHidden(repo, error, api)) throw error
      hidden = error
    }
  }
  const document = referrersTagOf(subject)
  const state = await readDocument(repo, document, { signal: options.signal })
  // Neither the API nor the tag said anything: that is not "none".
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
  // Where others are among them, an entry that is of this kind has to show that it is.
  const verify = options.verify || state.foreign !== undefined
  const found = await Promise.all([read(own, verify, links.ownPointsAt), read(unsure, true)])
  yield found.flat()
}

/** Whether the registry's list has an entry. */
export async function isListed(
  repo: Repository,
  subject: Digest,
  { digest, artifactType }: Descriptor,
  api: ListApi,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    for await (const page of listReferrersApi(repo, subject, { artifactType, signal }, api)) {
      if (page.some((entry) => entry.digest === digest)) return true
    }
  } catch (error) {
    if (!maybeHidden(repo, error, api)) throw error
  }
  return false
}

/** A path that a registry does not know may lack the CORS headers that its other answers have. */
export function maybeHidden(
  repo: Repository,
  error: unknown,
  { capability }: ListApi,
): error is ConnectionError {
  const broken = error instanceof ConnectionError && error.code === 'CONNECTION'
  return broken && isPage() && repo.capabilities[capability] !== 'supported'
}
