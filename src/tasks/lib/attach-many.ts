/**
 * attach() to several subjects, or in several ways, each with an outcome of its own. Loaded when a call does so.
 *
 * @module
 */
import pLimit from 'p-limit'
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import type { Repository } from '../../registry/repository.ts'
import { ociSubject } from '../../strategies/oci-subject/strategy.ts'
import type { ArtifactOutline, Referrer, Strategy } from '../../strategies/strategy.ts'
import type { AttachOutcome } from './attach-outcome.ts'
import type { TaggedArtifact } from './linking.ts'
import { expandSubject, type Scope } from './scope.ts'
import { chosenStrategies, type StrategyChoice } from './strategy-choice.ts'
import { resolveDigest } from './subject.ts'
import { toError } from './to-error.ts'

/** Pushes an artifact's blobs. */
export type Push = (signal: AbortSignal | undefined) => Promise<TaggedArtifact>

/** Attaches to one subject in one way. */
export type AttachOne = (
  subject: string | Descriptor,
  strategy: Strategy,
  push: Push,
) => Promise<Referrer>

/** Subjects at a time: writers to one tag are merged, and others do not get in each other's way. */
const AT_ONCE = 8

/**
 * Attaches to each subject in each way.
 *
 * @throws {@link InvalidInputError} before any request; what keeps the blobs from being pushed, or the platforms
 *   from being found; the signal's reason
 */
export async function attachMany(
  repo: Repository,
  subject: Subject | readonly Subject[],
  outline: ArtifactOutline,
  options: {
    readonly strategy?: Strategy | undefined
    readonly strategies?: readonly Strategy[] | undefined
    readonly scope?: Scope | undefined
    readonly tags?: readonly string[] | undefined
    readonly signal?: AbortSignal | undefined
  },
  push: Push,
  attachOne: AttachOne,
): Promise<readonly AttachOutcome[]> {
  const { scope = 'index', tags, signal } = options
  const strategies = chosenStrategies(options as StrategyChoice) ?? [ociSubject()]
  const given = isList(subject) ? subject : [subject]
  if (given.length === 0) {
    throw new InvalidInputError('INVALID_INPUT', 'subject', 'a list of at least one', subject)
  }
  const path = (i: number) => (isList(subject) ? `subject[${i}]` : 'subject')
  const named = given.map((one, i) => ({
    subject: one,
    target: parseSubject(repo, one, path(i)),
  }))
  if (tags && tags.length > 0) {
    const expected = 'left out with several subjects or strategies: a tag is of one referrer'
    throw new InvalidInputError('INVALID_INPUT', 'tags', expected, tags)
  }
  for (const strategy of strategies) strategy.check(outline)
  signal?.throwIfAborted()

  const limit = pLimit(AT_ONCE)
  const expanded = await limit.map(named, async ({ subject, target }) => {
    if (scope === 'index') return [{ subject, target }]
    const digest = await resolveDigest(repo, target, { signal })
    const { subjects } = await expandSubject(repo, digest, scope, strategies, signal)
    return subjects.map((digest) => ({ subject: digest, target: digest }))
  })
  const targets = expanded.flat()

  let pushing: Promise<TaggedArtifact> | undefined
  let pushed = true
  const pushOnce = () => {
    pushing ??= push(signal).catch((error) => {
      pushed = false
      throw error
    })
    return pushing
  }
  const outcomes = await limit.map(
    targets.flatMap((target) => strategies.map((strategy) => ({ ...target, strategy }))),
    async ({ subject, target, strategy }): Promise<AttachOutcome> => {
      const outcome = { subject, strategy: strategy.name }
      try {
        return { ...outcome, referrer: await attachOne(target, strategy, pushOnce) }
      } catch (error) {
        signal?.throwIfAborted()
        return { ...outcome, error: toError(error) }
      }
    },
  )
  // Without its content nothing is attached anywhere: that is no outcome of one of them.
  if (!pushed) await pushing
  return outcomes
}

function isList(subject: Subject | readonly Subject[]): subject is readonly Subject[] {
  return Array.isArray(subject)
}
