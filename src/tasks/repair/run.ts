/**
 * Looks at the lists of an image and of its platforms, and mends what is wrong.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Repository } from '../../registry/repository.ts'
import { budgeted, observed } from '../../registry/views.ts'
import { referrersIndexOf } from '../../strategies/kept/change-entry.ts'
import { rememberTag } from '../../strategies/shared-tag/writer.ts'
import { expandSubject } from '../lib/scope.ts'
import { resolveDigest } from '../lib/subject.ts'
import { type Examined, examine } from './examine.ts'
import { mend } from './mend.ts'
import type { RepairOptions } from './options.ts'
import type { Repair } from './repairs.ts'

/**
 * @param target - a tag, a digest or a descriptor, checked
 * @param options - checked
 */
export async function runRepair(
  repo: Repository,
  target: string | Descriptor,
  options: RepairOptions,
): Promise<Repair> {
  const { scope = 'all', dryRun = false, settle, signal } = options
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
