/**
 * repair(): makes the lists of what is attached to an image right again.
 *
 * @module
 */
import { parseSubject, type Subject } from '../../model/subject.ts'
import { checkOptions } from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import { type RepairOptions, repairChecks } from './options.ts'
import type { Repair } from './repairs.ts'

/**
 * Makes lists of referrers right from the referrers' own manifests. At the referrers tag types, sizes and annotations
 * that are wrong are corrected, as tools have left them that write the empty type for everything; entries whose
 * manifest is gone are taken out. Where the registry has the referrers API and does not list what the tag has, as after
 * an upgrade, the manifest is pushed again as it is, so that it is listed. What is at the tag and is no referrer of the
 * image is left as it is, and named.
 *
 * Requests: `HEAD` of the image where it is a tag, and `GET` of it for another scope than `'index'`; for each subject
 * `GET` of the referrers tag, the registry's list, and `GET` of each manifest at the tag; for a list that is wrong `PUT`
 * and `GET` of the tag, and `PUT` of each manifest that is to be listed again.
 *
 * @throws `RegistryError` `NOT_FOUND`; what the lists cannot be read for, before anything is written;
 *   `InvalidInputError` naming the option. What one item fails with is in its `error`.
 * @see distribution-spec 1.1, "Referrers Tag Schema" and "Enabling the Referrers API"
 * @example
 * ```ts
 * import { repair, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const { items, complete } = await repair(app, 'v1')
 * for (const { action, digest, reason, status } of items) console.log(action, digest, reason, status)
 * if (!complete) console.error('not all could be made right')
 * ```
 */
export async function repair(
  repo: Repository,
  subject: Subject,
  options: RepairOptions = {},
): Promise<Repair> {
  const target = parseSubject(repo, subject)
  checkOptions(options, repairChecks())
  options.signal?.throwIfAborted()
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: most programs repair nothing.
  const { runRepair } = await import('./run.ts')
  return runRepair(repo, target, given)
}
