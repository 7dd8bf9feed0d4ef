/**
 * A plan that a caller gives back: whose it is, what of it still holds, and whether all of one is done.
 *
 * @module
 */
import { InvalidInputError } from '../../../errors.ts'
import { internalsOf, type Repository } from '../../../registry/repository.ts'
import type { DeletedItem, DeleteStep } from './step.ts'

/**
 * Checks that a plan is one of this repository.
 *
 * @throws `InvalidInputError` naming `plan`; `TypeError` for what is no repository
 */
export function checkPlan(
  repo: Repository,
  plan: { readonly registry: string; readonly repository: string } | undefined,
): void {
  internalsOf(repo)
  const { registry, name } = repo
  if (!plan || (plan.registry === registry && plan.repository === name)) return
  const given = `${plan.registry}/${plan.repository}`
  throw new InvalidInputError('INVALID_INPUT', 'plan', `one of ${registry}/${name}`, given)
}

/** What of a plan that is made now was given too, and what of the given one is not in it any more. */
export interface ComparedPlans {
  readonly wanted: readonly DeleteStep[]
  readonly stale: readonly DeletedItem[]
}

/**
 * Compares a plan that is made now with one that was given. Without one all steps are wanted.
 *
 * @param keyOf - the same for two steps that say the same of one thing
 */
export function comparePlans(
  steps: readonly DeleteStep[],
  plan: { readonly items: readonly DeletedItem[] } | undefined,
  keyOf: (step: DeleteStep) => string,
): ComparedPlans {
  if (!plan) return { wanted: steps, stale: [] }
  const given = new Set(plan.items.map(keyOf))
  const now = new Set(steps.map(keyOf))
  return {
    wanted: steps.filter((step) => given.has(keyOf(step))),
    stale: plan.items.filter((item) => !now.has(keyOf(item))),
  }
}

/** Steps that are not done yet. */
export function toPlanned(steps: readonly DeleteStep[]): readonly DeletedItem[] {
  return steps.map((step) => ({ ...step, status: 'planned' }))
}

const finished: readonly string[] = ['planned', 'done', 'gone']

/** Whether nothing of it is left to do. */
export function isFinished(items: readonly DeletedItem[]): boolean {
  return items.every(({ status }) => finished.includes(status))
}
