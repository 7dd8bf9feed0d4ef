/**
 * prune(): deletes what a repository no longer needs, with a reason for each.
 *
 * @module
 */
import { checkOptions } from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import { checkPlan } from '../lib/deletes/given-plan.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { type PruneOptions, pruneChecks } from './options.ts'
import type { Pruning } from './pruning.ts'

/**
 * Deletes what a repository no longer needs: artifacts whose subject is gone, with what is attached to them; link tags
 * whose subject is gone; entries of referrers tags whose manifest is gone; and lists of referrers without one. Nothing
 * that a tag reaches which somebody chose: by itself, through an index, or as what is attached to it. Where something
 * could not be read nothing is deleted, since that may need anything. In a repository without any tag that somebody
 * chose, what cosign's tags link to images that are not there stays: they may be in another repository.
 *
 * Untagged manifests that nothing names are not found: registries list none of them.
 *
 * Requests: those of `graph()`; where there is something to do, all pages of tags again, `HEAD` of each tag, `GET`
 * of what has to be gone still, `DELETE` for each item, and the pages of tags. Before these the registry's list of each
 * subject of which something was deleted; where it still has that, or cannot be read, `GET` of all, and `DELETE` of what
 * is there and no tag leads to by now; `GET` of what is in no list, but of one where more than 16 are deleted; without
 * such lists `GET` of the last item, and where that is still there of all. `GET`, `PUT` and `GET` for each list that loses
 * entries.
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
  checkOptions(options, pruneChecks())
  checkPlan(repo, options.plan)
  chosenStrategies(options)
  options.signal?.throwIfAborted()
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: most programs delete nothing.
  const { runPrune } = await import('./run.ts')
  return runPrune(repo, given)
}
