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
import type { ListApi } from './list-api.ts'
import type { Write } from './look-again.ts'
import { whenFoundOut } from './prepare.ts'
import { beginWrites, type Listed, type Look } from './together.ts'

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
  const look: Look<Write> = async (writes, signals) =>
    repo.capabilities[api.capability] === 'unsupported'
      ? 'unread'
      : (await load()).lookAgain(repo, subject.digest, writes, api, signals)
  const end = beginWrites(repo, subject.digest, api.capability, look, signal)
  let written: readonly WrittenReferrer[] = []
  try {
    written = await Promise.all(referrers.map((one) => putReferrer(repo, one, { signal })))
  } catch (error) {
    end([]).catch(() => {})
    throw error
  }
  const acknowledged = links.acknowledges(repo, subject.digest, written)
  const all = end(
    written.map(({ descriptor }, i) => ({ referrer: referrers[i]!, descriptor, acknowledged })),
  )
  // Thrown where it is waited for.
  all.catch(() => {})
  await untilAborted(whenFoundOut(repo, subject.digest, api, acknowledged, signal), signal)
  const entries = written.map(({ entry }) => entry)
  const listed = await findListed(repo, subject.digest, entries, api, acknowledged, all, signal)
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
  entries: readonly Descriptor[],
  api: ListApi,
  acknowledged: boolean,
  together: Promise<Listed | undefined>,
  signal: AbortSignal | undefined,
): Promise<Listed> {
  const support = repo.capabilities[api.capability]
  if (support === 'unsupported') return new Set()
  const listed = await untilAborted(together, signal)
  // What nobody acknowledged is kept by no list that cannot be read: it is read once more, and fails here.
  if (listed && (acknowledged || listed !== 'unread')) {
    // What a registry with the list has acknowledged never goes to the tag, which others do not read there.
    const isSure = !acknowledged || repo.capabilities[api.capability] !== 'supported'
    const hasAll = listed === 'unread' || entries.every(({ digest }) => listed.has(digest))
    return isSure || hasAll ? listed : 'unread'
  }
  if (support === 'supported' && acknowledged) return new Set(entries.map(({ digest }) => digest))
  return (await load()).lookUp(repo, subject, entries, api, acknowledged, signal)
}
