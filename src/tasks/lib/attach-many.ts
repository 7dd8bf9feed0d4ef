/**
 * attach() to several subjects, or in several ways, each with an outcome of its own. Not loaded on demand: cutting it
 * out of what a page loads first costs more than it saves (measured with rolldown: 0.4 kB).
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Subject } from '../../model/subject.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import type { AttachOutcome } from './attach-outcome.ts'
import type { TaggedArtifact } from './linking.ts'

/** Pushes an artifact's blobs. */
export type Push = (signal: AbortSignal | undefined) => Promise<TaggedArtifact>

/** Attaches to one subject in one way. */
export type AttachOne = (
  subject: string | Descriptor,
  strategy: Strategy,
  push: Push,
) => Promise<Referrer>

/** One of the subjects, as it was given and as `parseSubject` has it. */
export interface Target {
  readonly subject: Subject
  readonly parsed: string | Descriptor
}

/** Subjects at a time: writers to one tag are merged, and others do not get in each other's way. */
const AT_ONCE = 8

/**
 * Attaches to each subject in each way.
 *
 * @throws what keeps the blobs from being pushed; the signal's reason
 */
export async function attachMany(
  targets: readonly Target[],
  strategies: readonly Strategy[],
  push: Push,
  attachOne: AttachOne,
  signal: AbortSignal | undefined,
): Promise<readonly AttachOutcome[]> {
  let pushing: Promise<TaggedArtifact> | undefined
  let failed = false
  const pushOnce = () => {
    pushing ??= push(signal).catch((error) => {
      failed = true
      throw error
    })
    return pushing
  }
  const links = targets.flatMap((target) => strategies.map((strategy) => ({ ...target, strategy })))
  const outcomes: AttachOutcome[] = []
  const queue = links.entries()
  const work = async () => {
    for (const [i, { subject, parsed, strategy }] of queue) {
      const outcome = { subject, strategy: strategy.name }
      try {
        outcomes[i] = { ...outcome, referrer: await attachOne(parsed, strategy, pushOnce) }
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof Error)) throw error
        outcomes[i] = { ...outcome, error }
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  // Without its content nothing is attached anywhere: that is no outcome of one of them.
  if (failed) await pushing
  return outcomes
}
