/**
 * The rest of a plan whose image is gone: a run of it was broken off.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { subjectOfTag } from '../../model/digest-tags.ts'
import { type TagTargets, tagTargets } from '../../registry/lists/tag-targets.ts'
import { type Reached, reachOf } from '../../registry/reach.ts'
import type { Repository } from '../../registry/repository.ts'
import { isAttachment } from '../graph/liveness.ts'
import { lookUp } from '../graph/look-up.ts'
import { outline } from '../graph/outline.ts'
import type { DeleteStep } from '../lib/deletes/step.ts'
import type { RemovalPlan } from './plan.ts'
import type { Removal, RemoveOptions } from './removal.ts'

/** Something of the plan that is still there. */
interface Left {
  readonly step: DeleteStep
  /** What it is attached to, as far as its manifest and its tags say. */
  readonly subjects: readonly Digest[]
}

/**
 * What of a plan is still there, and needed by nothing. That the image's tag is gone does not mean that the image is:
 * what is attached to something that is there stays, as does what could not be read.
 */
export async function restOf(
  repo: Repository,
  plan: Removal,
  { maxTags, signal }: RemoveOptions,
): Promise<RemovalPlan> {
  const { image, tag, items } = plan
  const tags = tagTargets(repo, { maxTags, signal })
  const left = new Map<Digest, Left>()
  const stays = new Map<Digest, Reached>()
  for (const { status: _, error: __, ...step } of items) {
    const { action, digest } = step
    if (action !== 'delete-manifest') continue
    const stored = await lookUp(repo, digest, [], signal)
    if (stored === 'gone') continue
    const seen = typeof stored === 'string' ? undefined : outline(stored)
    if (!seen || seen.unread !== undefined)
      stays.set(digest, { reason: 'it could not be read', unseen: true })
    const links = seen?.named.filter((edge) => edge.from === digest && isAttachment(edge)) ?? []
    const byTag = step.tags.flatMap((name) => subjectOfTag(name) ?? [])
    const attachedTo = links.map(({ to }) => to)
    // As the manifest says it: a plan may have been changed by hand.
    left.set(digest, { step: { ...step, attachedTo }, subjects: [...attachedTo, ...byTag] })
  }
  const others = await otherSubjects(repo, left, signal)
  while (await keepMore(repo, tags, left, stays, others));
  const going = [...left.values()].filter(({ step }) => !stays.has(step.digest))
  return {
    image,
    ...(tag !== undefined && { tag }),
    // Of what goes before, some is gone.
    steps: going.map(({ step }) => ({ ...step, after: step.after.filter((one) => left.has(one)) })),
    kept: [...stays].map(([digest, { reason }]) => ({ digest, reason })),
    unseen: [...stays.values()].some(({ unseen }) => unseen === true),
  }
}

/** What something of the plan is attached to that is not in it, and is there. */
async function otherSubjects(
  repo: Repository,
  left: ReadonlyMap<Digest, Left>,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<Digest>> {
  const there = new Set<Digest>()
  for (const digest of new Set([...left.values()].flatMap(({ subjects }) => subjects))) {
    if (left.has(digest)) continue
    if ((await lookUp(repo, digest, [], signal)) !== 'gone') there.add(digest)
  }
  return there
}

/** Adds to what stays; `false` where nothing was to add. */
async function keepMore(
  repo: Repository,
  tags: TagTargets,
  left: ReadonlyMap<Digest, Left>,
  stays: Map<Digest, Reached>,
  others: ReadonlySet<Digest>,
): Promise<boolean> {
  const before = stays.size
  const going = [...left.values()].filter(({ step }) => !stays.has(step.digest))
  // Only tags that link something to what goes: a plan may have been changed by hand.
  const except = going
    .flatMap(({ step }) => step.tags)
    .filter((name) => {
      const subject = subjectOfTag(name)
      return subject !== undefined && !stays.has(subject) && !others.has(subject)
    })
  const options = { tags, except, roots: [...stays.keys()].map((digest) => ({ digest })) }
  for (const { step, subjects } of going) {
    const subject = subjects.find((one) => others.has(one) || stays.has(one))
    const reached = subject
      ? { reason: `it is attached to ${subject}, which is there` }
      : await reachOf(repo, step.digest, options)
    if (reached !== undefined) stays.set(step.digest, reached)
  }
  return stays.size > before
}
