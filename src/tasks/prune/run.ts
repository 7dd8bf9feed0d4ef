/**
 * Plans what a repository no longer needs, and deletes what still holds of the plan.
 *
 * @module
 */
import type { Repository } from '../../registry/repository.ts'
import { graph } from '../graph/graph.ts'
import { carryOut } from '../lib/deletes/carry-out.ts'
import { lookForTags } from '../lib/deletes/confirm.ts'
import { comparePlans, isFinished, toPlanned } from '../lib/deletes/given-plan.ts'
import { goneOrOutdated, outdated } from '../lib/deletes/outdated.ts'
import type { DeleteStep } from '../lib/deletes/step.ts'
import type { StrategyChoice } from '../lib/strategy-choice.ts'
import type { PruneOptions } from './options.ts'
import { planPrune } from './plan.ts'
import type { Pruning } from './pruning.ts'
import { protectedSince, stillGone } from './recheck.ts'
import type { KeepRule } from './rule.ts'

/** @param options - checked */
export async function runPrune(repo: Repository, options: PruneOptions): Promise<Pruning> {
  const { dryRun = false, plan, keep = [], settle, onProgress, signal } = options
  const { strategy, strategies, maxTags = 100_000 } = options
  const choice = { strategy, strategies } as StrategyChoice
  const seen = await graph(repo, { ...given(choice), maxTags, signal })
  const rules = ([] as KeepRule[]).concat(keep)
  const { steps, kept } = planPrune(seen, rules)
  const { wanted, stale } = comparePlans(steps, plan, keyOf)
  const items = [...(await goneOrOutdated(repo, stale, signal))]
  if (dryRun) {
    items.push(...toPlanned(wanted))
  } else if (wanted.length > 0) {
    const needed = await protectedSince(repo, seen, wanted, signal)
    const gone = await stillGone(repo, wanted, signal)
    const isFresh = (step: DeleteStep) =>
      !needed.has(step.digest) && step.because.every((digest) => gone.has(digest))
    items.push(...wanted.filter((step) => !isFresh(step)).map(outdated))
    const fresh = wanted.filter(isFresh)
    const look = { maxTags, signal }
    const done = await carryOut(repo, fresh, { settle, onProgress, ...look })
    items.push(...(await lookForTags(repo, done, look)))
  }
  return {
    registry: repo.registry,
    repository: repo.name,
    dryRun,
    items,
    kept,
    complete: seen.complete && isFinished(items),
    problems: seen.problems,
    notes: [UNLISTED],
  }
}

const UNLISTED =
  'Registries list no untagged manifests: one that no tag, no index and no list of referrers names was not found'

/** The same of two plans that say the same of one thing. */
function keyOf({ action, digest, tags }: DeleteStep): string {
  return `${action} ${digest} ${tags}`
}

/** Options that were given; others may not be there. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
