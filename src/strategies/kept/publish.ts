/**
 * Writes referrers, and their entries at the referrers tag where the registry does not list them.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { untilAborted } from '../../platform/abort.ts'
import type { Repository } from '../../registry/repository.ts'
import { putReferrer } from '../lib/put.ts'
import type { NewReferrer, PublishOptions, Referrer } from '../strategy.ts'
import type { KeptLinks } from './links.ts'
import type { ListApi } from './list-api.ts'
import { whenFoundOut } from './prepare.ts'

/**
 * Writes manifests; those that the registry does not list are added to the referrers tag, in one write. A header is no
 * list: Docker Hub and ECR sent `OCI-Subject` before they had one, so it counts where the list was seen.
 */
export async function publishKept(
  repo: Repository,
  subject: Descriptor,
  referrers: readonly NewReferrer[],
  links: KeptLinks,
  options: PublishOptions,
): Promise<readonly Referrer[]> {
  const { signal } = options
  const written = await Promise.all(referrers.map((one) => putReferrer(repo, one, { signal })))
  await untilAborted(Promise.resolve(whenFoundOut(repo, links.api)), signal)
  const entries = written.map(({ entry }) => entry)
  const acknowledged = links.acknowledges(repo, subject.digest, written)
  const listed = await findListed(repo, subject.digest, entries, links.api, acknowledged, signal)
  return Promise.all(
    entries.map(async (entry): Promise<Referrer> => {
      const referrer = { ...entry, subject }
      if (listed === 'unread' || listed.has(entry.digest)) {
        return { ...referrer, via: [links.viaApi], confirmed: listed !== 'unread' }
      }
      // Loaded on demand: not needed where the registry lists referrers.
      const { onDemand } = await import('./on-demand.ts')
      const marked = links.mark?.(entry, subject) ?? entry
      const confirmed = await onDemand.changeEntry(repo, subject.digest, marked, true, options)
      return { ...referrer, via: [links.viaTag], confirmed }
    }),
  )
}

/** Which of the written entries the registry lists; `'unread'` where it says so and the list cannot be read. */
async function findListed(
  repo: Repository,
  subject: Digest,
  entries: readonly Descriptor[],
  api: ListApi,
  acknowledged: boolean,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<Digest> | 'unread'> {
  const support = repo.capabilities[api.capability]
  if (support === 'unsupported') return new Set()
  if (support === 'supported' && acknowledged) return new Set(entries.map(({ digest }) => digest))
  const { onDemand } = await import('./on-demand.ts')
  return onDemand.lookUp(repo, subject, entries, api, acknowledged, signal)
}
