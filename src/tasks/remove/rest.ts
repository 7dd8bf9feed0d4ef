/**
 * The rest of a plan whose image is gone: a run of it was broken off.
 *
 * @module
 */
import { tagTargets } from '../../registry/lists/tag-targets.ts'
import { findManifest } from '../../registry/manifests.ts'
import { whatReaches } from '../../registry/reach.ts'
import type { Repository } from '../../registry/repository.ts'
import type { DeleteStep } from '../lib/deletes/step.ts'
import type { RemovalPlan } from './plan.ts'
import type { Removal, RemoveOptions } from './removal.ts'

/** What of a plan is still there, and needed by nothing. */
export async function restOf(
  repo: Repository,
  plan: Removal,
  { maxTags, signal }: RemoveOptions,
): Promise<RemovalPlan> {
  const { image, tag, items } = plan
  const tags = tagTargets(repo, { maxTags, signal })
  const except = items.flatMap((item) => item.tags)
  const steps: DeleteStep[] = []
  const kept = []
  for (const { status: _, error: __, ...step } of items) {
    const stored = await findManifest(repo, step.digest, { intent: 'push', signal })
    if (!stored || step.action !== 'delete-manifest') continue
    const reason = await whatReaches(repo, step.digest, { tags, except })
    if (reason === undefined) steps.push(step)
    else kept.push({ digest: step.digest, reason })
  }
  return { image, ...(tag !== undefined && { tag }), steps, kept }
}
