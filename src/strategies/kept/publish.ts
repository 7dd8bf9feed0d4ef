/**
 * Writes referrers, and their entries at the referrers tag where the registry does not list them.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { untilAborted } from '../../platform/abort.ts'
import type { Repository } from '../../registry/repository.ts'
import { putReferrer, type WrittenReferrer } from '../lib/put.ts'
import type { NewReferrer, PublishOptions, Referrer } from '../strategy.ts'
import type { KeptLinks } from './links.ts'
import type { Write } from './look-again.ts'
import { whenFoundOut } from './prepare.ts'
import { beginWrites, type Listed } from './together.ts'

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
  const { api } = links
  const look = async (writes: readonly Write[]) =>
    repo.capabilities[api.capability] === 'unsupported'
      ? 'unread'
      : (await load()).lookAgain(repo, subject.digest, writes, api)
  const end = beginWrites(repo, subject.digest, look)
  let written: readonly WrittenReferrer[] = []
  try {
    written = await Promise.all(referrers.map((one) => putReferrer(repo, one, { signal })))
  } catch (error) {
    end([]).catch(() => {})
    throw error
  }
  const all = end(written.map(({ descriptor }, i) => ({ referrer: referrers[i]!, descriptor })))
  // Thrown where it is waited for.
  all.catch(() => {})
  await untilAborted(Promise.resolve(whenFoundOut(repo, api)), signal)
  const listed = await findListed(repo, subject.digest, written, links, all, signal)
  const entries = written.map(({ entry }) => entry)
  return Promise.all(
    entries.map(async (entry): Promise<Referrer> => {
      const referrer = { ...entry, subject }
      if (listed === 'unread' || listed.has(entry.digest)) {
        return { ...referrer, via: [links.viaApi], confirmed: listed !== 'unread' }
      }
      const marked = links.mark?.(entry, subject) ?? entry
      const { changeEntry } = await load()
      const confirmed = await changeEntry(repo, subject.digest, marked, true, options)
      return { ...referrer, via: [links.viaTag], confirmed }
    }),
  )
}

/** What is not needed where the registry lists referrers. */
const load = async () => (await import('./on-demand.ts')).onDemand

/** What the registry lists of what was written; `'unread'` where it says so and that cannot be seen. */
async function findListed(
  repo: Repository,
  subject: Digest,
  written: readonly WrittenReferrer[],
  { acknowledges, api }: KeptLinks,
  together: Promise<Listed | undefined>,
  signal: AbortSignal | undefined,
): Promise<Listed> {
  const acknowledged = acknowledges(repo, subject, written)
  const support = repo.capabilities[api.capability]
  if (support === 'unsupported') return new Set()
  const entries = written.map(({ entry }) => entry)
  const hasAll = (listed: ReadonlySet<Digest>) => entries.every(({ digest }) => listed.has(digest))
  const listed = acknowledged ? await untilAborted(together, signal) : undefined
  if (listed) {
    // On a registry with the list nothing goes to the tag, which others do not read there.
    const hasList = repo.capabilities[api.capability] === 'supported'
    return listed === 'unread' || hasAll(listed) || !hasList ? listed : 'unread'
  }
  if (support === 'supported' && acknowledged) return new Set(entries.map(({ digest }) => digest))
  return (await load()).lookUp(repo, subject, entries, api, acknowledged, signal)
}
