/**
 * A plan that a caller gives back, and whether all of one is done.
 *
 * @module
 */
import { InvalidInputError } from '../../../errors.ts'
import type { Repository } from '../../../registry/repository.ts'
import type { DeletedItem } from './step.ts'

/**
 * Checks that a plan is one of this repository.
 *
 * @throws `InvalidInputError` naming `plan`
 */
export function checkPlan(
  { registry, name }: Repository,
  plan: { readonly registry: string; readonly repository: string } | undefined,
): void {
  if (!plan || (plan.registry === registry && plan.repository === name)) return
  const given = `${plan.registry}/${plan.repository}`
  throw new InvalidInputError('INVALID_INPUT', 'plan', `one of ${registry}/${name}`, given)
}

const finished: readonly string[] = ['planned', 'done', 'gone']

/** Whether nothing of it is left to do. */
export function isFinished(items: readonly DeletedItem[]): boolean {
  return items.every(({ status }) => finished.includes(status))
}
