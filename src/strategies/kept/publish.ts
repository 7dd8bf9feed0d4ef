/**
 * Writes referrers, and their entries at the referrers tag where the registry does not list them.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Repository } from '../../registry/repository.ts'
import { putReferrer } from '../lib/put.ts'
import type { NewReferrer, PublishOptions, Referrer } from '../strategy.ts'
import type { KeptLinks } from './links.ts'
import { listedOf } from './listed.ts'

/** Writes manifests; those that the registry does not list are added to the referrers tag, in one write. */
export async function publishKept(
  repo: Repository,
  subject: Descriptor,
  referrers: readonly NewReferrer[],
  links: KeptLinks,
  options: PublishOptions,
): Promise<readonly Referrer[]> {
  const { signal } = options
  const written = await Promise.all(referrers.map((one) => putReferrer(repo, one, { signal })))
  const entries = written.map(({ entry }) => entry)
  const isListed = links.learn(repo, subject.digest, written)
  const listed =
    isListed === 'unknown'
      ? await listedOf(repo, subject.digest, entries, links.api, signal)
      : undefined
  return Promise.all(
    entries.map(async (entry): Promise<Referrer> => {
      const referrer = { ...entry, subject }
      if (listed?.has(entry.digest) ?? isListed === true) {
        return { ...referrer, via: [links.viaApi], confirmed: true }
      }
      // Loaded on demand: not needed where the registry lists referrers.
      const { changeEntry } = (await import('./on-demand.ts')).onDemand
      const marked = links.mark?.(entry, subject) ?? entry
      const confirmed = await changeEntry(repo, subject.digest, marked, true, options)
      return { ...referrer, via: [links.viaTag], confirmed }
    }),
  )
}
