/**
 * prune(): deletes what a repository no longer needs, with a reason for each.
 *
 * @module
 */
import {
  abortSignal,
  boolean,
  type Checks,
  checkOptions,
  func,
  milliseconds,
  positiveInteger,
} from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import { graph } from '../graph/graph.ts'
import { carryOut } from '../lib/deletes/carry-out.ts'
import { lookForTags } from '../lib/deletes/confirm.ts'
import { checkPlan, comparePlans, isFinished, toPlanned } from '../lib/deletes/given-plan.ts'
import { goneOrOutdated, outdated } from '../lib/deletes/outdated.ts'
import { type DeleteProgress, type DeleteStep, planOf } from '../lib/deletes/step.ts'
import { type StrategyChoice, strategyChecks } from '../lib/strategy-choice.ts'
import { planPrune } from './plan.ts'
import type { Pruning } from './pruning.ts'
import { protectedSince, stillGone } from './recheck.ts'
import { type KeepRule, keepCheck } from './rule.ts'

/** Options of {@link prune}. Where no strategy is named, links of every kind are looked for. */
export type PruneOptions = PublishOptions &
  StrategyChoice & {
    /**
     * Only say what would be done. Nothing is written.
     * @default false
     */
    readonly dryRun?: boolean | undefined
    /**
     * A plan that was made before: nothing else is done, and of it only what a plan made now has too.
     * @default a plan is made, and carried out
     */
    readonly plan?: Pruning | undefined
    /** Artifacts that stay though their subject is gone: those that one of the rules means, and what is attached to them. */
    readonly keep?: KeepRule | readonly KeepRule[] | undefined
    /**
     * Where the repository has more tags, nothing is deleted.
     * @default 100_000
     */
    readonly maxTags?: number | undefined
    /** Called with each item when it is done, and how many there are. */
    readonly onProgress?: ((progress: DeleteProgress) => void) | undefined
  }

/**
 * Deletes what a repository no longer needs: artifacts whose subject is gone, with what is attached to them; link tags
 * whose subject is gone; entries of referrers tags whose manifest is gone; and lists of referrers without one. Nothing
 * that a tag reaches which somebody chose: by itself, through an index, or as what is attached to it. Where something
 * could not be read nothing is deleted, since that may need anything. In a repository without any tag that somebody
 * chose, what cosign's tags link to images that are not there stays: they may be in another repository.
 *
 * Untagged manifests that nothing names are not found: registries list none of them.
 *
 * Requests: those of {@link graph}; where there is something to do, all pages of tags again, `HEAD` of each tag, `GET`
 * of what has to be gone still, `DELETE` for each item, `GET` of one of them, and the pages of tags; where one is still
 * there, `GET` of all. `GET`,
 * `PUT` and `GET` for each list that loses entries.
 *
 * @throws `RegistryError`, `AuthError`, `ConnectionError` where the tags cannot be listed; `InvalidInputError`
 *   naming the option. What one item fails with is in its `error`.
 * @see distribution-spec 1.1, "Deleting Manifests"
 * @example
 * ```ts
 * import { prune, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const keep = { artifactType: 'application/vnd.example.approval', newest: 3 }
 * const plan = await prune(app, { dryRun: true, keep })
 * for (const { action, digest, tags, reason } of plan.items) console.log(action, digest, tags, reason)
 * const { items, complete } = await prune(app, { plan, keep })
 * console.log(items.filter(({ status }) => status === 'done').length, complete)
 * ```
 */
export async function prune(repo: Repository, options: PruneOptions = {}): Promise<Pruning> {
  checkOptions(options, checks())
  checkPlan(repo, options.plan)
  const { dryRun = false, plan, keep = [], settle, onProgress, signal } = options
  const { strategy, strategies, maxTags } = options
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
    const done = await carryOut(repo, fresh, { settle, signal, onProgress })
    items.push(...(await lookForTags(repo, done, signal)))
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

const checks = (): Checks<PruneOptions> => ({
  ...strategyChecks(),
  dryRun: boolean,
  plan: planOf('prune()'),
  keep: keepCheck,
  maxTags: positiveInteger,
  onProgress: func,
  settle: milliseconds,
  signal: abortSignal,
})
