/**
 * repair(): makes the lists of what is attached to an image right again.
 *
 * @module
 */
import { parseSubject, type Subject } from '../../model/subject.ts'
import {
  abortSignal,
  boolean,
  type Checks,
  checkOptions,
  milliseconds,
  oneOf,
} from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import { budgeted, observed } from '../../registry/views.ts'
import { referrersIndexOf } from '../../strategies/kept/change-entry.ts'
import { rememberTag } from '../../strategies/shared-tag/writer.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import { expandSubject } from '../lib/scope.ts'
import { type Scope, scopes } from '../lib/scope-name.ts'
import { resolveDigest } from '../lib/subject.ts'
import { type Examined, examine } from './examine.ts'
import { mend } from './mend.ts'
import type { Repair } from './repairs.ts'

/** Options of {@link repair}. */
export interface RepairOptions extends PublishOptions {
  /**
   * Whose lists: of the image itself, of its platforms, or of all of these.
   * @default 'all'
   */
  readonly scope?: Scope | undefined
  /**
   * Only say what would be done. Nothing is written.
   * @default false
   */
  readonly dryRun?: boolean | undefined
}

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
  checkOptions(options, checks())
  const { scope = 'all', dryRun = false, settle, signal } = options
  signal?.throwIfAborted()
  const view = observed(budgeted(repo), () => {}, new Map())
  const digest = await resolveDigest(view, target, { intent: 'push', signal })
  const { subjects, cut } = await expandSubject(view, digest, scope, [], signal)
  if (cut) throw cut
  const found: Examined[] = []
  for (const one of subjects) {
    const seen = await examine(view, one, signal)
    found.push(seen)
    // A read that finds nothing later, as behind a proxy that hiccups, must not cost those that are right.
    if (!dryRun) rememberTag(repo, referrersIndexOf(one), seen)
  }
  const planned = found.flatMap(({ items }) => items)
  const items = dryRun
    ? planned.map(({ entry: _, ...item }) => ({ ...item, status: 'planned' as const }))
    : await mend(repo, planned, { settle, signal })
  const left = found.flatMap((one) => one.left)
  return {
    registry: repo.registry,
    repository: repo.name,
    subject: digest,
    dryRun,
    items,
    left,
    complete:
      items.every(({ status }) => status === 'planned' || status === 'done') &&
      left.every(({ unread }) => !unread),
  }
}

const checks = (): Checks<RepairOptions> => ({
  scope: oneOf(...scopes),
  dryRun: boolean,
  settle: milliseconds,
  signal: abortSignal,
})
