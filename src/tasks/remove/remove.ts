/**
 * remove(): deletes an image, its platforms, and what is attached to them.
 *
 * @module
 */
import { parseSubject, type Subject } from '../../model/subject.ts'
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
import { checkPlan } from '../lib/deletes/given-plan.ts'
import { planOf } from '../lib/deletes/step.ts'
import { depthCheck } from '../lib/depth.ts'
import { chosenStrategies, strategyChecks } from '../lib/strategy-choice.ts'
import type { Removal, RemoveOptions } from './removal.ts'

/**
 * Deletes an image with its platforms, and what is attached to them. What is attached goes first, then the lists of it,
 * then the image, an index before what it lists. What another tag reaches stays, with what is attached to it: of an
 * image with two tags only the named tag is deleted. Where what is attached cannot all be listed, or it cannot be seen
 * whether another tag leads to the image, nothing is deleted.
 *
 * Where a run is broken off, another one finds the rest; but not the platforms of an index that is gone: for these keep
 * the plan that `dryRun` gave, and pass it as `plan`.
 *
 * Requests: at the same time `GET` of the image and all pages of tags; `GET` of each platform; the listing of what is attached, for the image
 * and each platform; `HEAD` of each other tag that somebody chose, and `GET` of each index among them; `DELETE` for each
 * item. Then the registry's list of each subject once more; where it still has something of that, or cannot be read,
 * `GET` of all, and `DELETE` of what is there and no tag leads to by now; `GET` of what is in no list, but of one where
 * more than 16 are deleted; without such lists `GET` of the last item, and where that is still there of all. For an image
 * with 20 referrers 25 with the referrers API, 27 without it; 36 where a registry leaves the tags of what it deletes, as
 * go-containerregistry's does, since each of them is looked up, deleted and looked up again.
 *
 * @throws `RegistryError` `NOT_FOUND` where the image is not there; what a listing failed with, before anything is
 *   deleted; `InvalidInputError` naming the option. What one item fails with is in its `error`.
 * @see distribution-spec 1.1, "Deleting Manifests"
 * @example
 * ```ts
 * import { remove, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const plan = await remove(app, 'v1', { referrers: true, dryRun: true })
 * for (const { action, digest, reason } of plan.items) console.log(action, digest, reason)
 * const { complete } = await remove(app, 'v1', { referrers: true, plan })
 * if (!complete) console.error('something stays: see items')
 * ```
 */
export async function remove(
  repo: Repository,
  subject: Subject,
  options: RemoveOptions = {},
): Promise<Removal> {
  const target = parseSubject(repo, subject)
  checkOptions(options, checks())
  checkPlan(repo, options.plan)
  chosenStrategies(options)
  options.signal?.throwIfAborted()
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: most programs delete nothing.
  const { runRemove } = await import('./run.ts')
  return runRemove(repo, target, given)
}

const checks = (): Checks<RemoveOptions> => ({
  ...strategyChecks(),
  referrers: boolean,
  depth: depthCheck,
  dryRun: boolean,
  plan: planOf('remove()'),
  maxTags: positiveInteger,
  onProgress: func,
  settle: milliseconds,
  signal: abortSignal,
})
