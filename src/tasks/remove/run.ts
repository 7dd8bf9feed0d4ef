/**
 * Plans what goes with an image, and deletes what still holds of the plan.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Repository } from '../../registry/repository.ts'
import { carryOut } from '../lib/deletes/carry-out.ts'
import { comparePlans, isFinished, toPlanned } from '../lib/deletes/given-plan.ts'
import { goneOrOutdated } from '../lib/deletes/outdated.ts'
import type { DeleteStep } from '../lib/deletes/step.ts'
import { planRemoval, type RemovalPlan } from './plan.ts'
import type { Removal, RemoveOptions } from './removal.ts'
import { restOf } from './rest.ts'

/**
 * @param target - a tag, a digest or a descriptor, checked
 * @param options - checked
 */
export async function runRemove(
  repo: Repository,
  target: string | Descriptor,
  options: RemoveOptions,
): Promise<Removal> {
  const { dryRun = false, plan, settle, maxTags, onProgress, signal } = options
  const now = await planNow()
  const { steps, kept, missing, unseen = false, ...image } = now
  if (missing && !dryRun) throw missing
  const { wanted, stale } = comparePlans(steps, plan, keyOf)
  const named = image.tag === undefined ? undefined : { tag: image.tag, digest: image.image.digest }
  const done = dryRun
    ? toPlanned(wanted)
    : await carryOut(repo, wanted, { settle, named, maxTags, signal, onProgress })
  const items = [...done, ...(await goneOrOutdated(repo, stale, signal))]
  return {
    registry: repo.registry,
    repository: repo.name,
    dryRun,
    ...image,
    items,
    kept,
    complete: !missing && !unseen && isFinished(items),
  }

  async function planNow(): Promise<RemovalPlan> {
    try {
      return await planRemoval(repo, target, options)
    } catch (error) {
      if (!plan || !isOcilinkError(error, 'NOT_FOUND')) throw error
      return restOf(repo, plan, options)
    }
  }
}

/** The same of two plans that say the same of one thing. */
function keyOf({ action, digest }: DeleteStep): string {
  return `${action} ${digest}`
}
