/**
 * Writes again what a registry acknowledged and does not list, because it was written together with others.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { putReferrer } from '../lib/put.ts'
import type { NewReferrer } from '../strategy.ts'
import type { ListApi } from './list-api.ts'
import { lookUp } from './look-up.ts'
import { whenAllHave } from './signals.ts'
import type { Listed } from './together.ts'

/** How often; each time only a writer that nobody knows of can come between. */
const ROUNDS = 3

/** A manifest that was written. */
export interface Write {
  readonly referrer: NewReferrer
  readonly descriptor: Descriptor
  /** Whether the registry said that it keeps track of it. */
  readonly acknowledged: boolean
}

/**
 * Looks which of the written manifests the list has, and writes those that it lacks though they were acknowledged once
 * more, one after the other. What cannot be written again is not listed, and that is all: it was written once.
 *
 * Requests: the list; for each that it lacks `PUT` of its manifest, and the list again. None after all writers have
 * given up.
 *
 * @param signals - of the writers
 * @returns what is listed then, nothing where the registry has no list; `'unread'` where the list cannot be read
 */
export async function lookAgain(
  repo: Repository,
  subject: Digest,
  writes: readonly Write[],
  api: ListApi,
  signals: readonly (AbortSignal | undefined)[],
): Promise<Listed> {
  const signal = whenAllHave(signals)
  // Without their types, by which some lists are filtered though they have others.
  const entries = writes.map(({ descriptor }) => descriptor)
  for (let round = 1; ; round++) {
    const listed = await lookUp(repo, subject, entries, api, true, signal)
    if (listed === 'unread') return listed
    const lost = writes.filter(
      ({ descriptor, acknowledged }) => acknowledged && !listed.has(descriptor.digest),
    )
    const hasList = repo.capabilities[api.capability] === 'supported'
    if (lost.length === 0 || round > ROUNDS || !hasList) return listed
    warn(repo, `The registry acknowledged links to ${subject} that it does not list: written again`)
    try {
      for (const { referrer } of lost) await putReferrer(repo, referrer, { signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (!isOcilinkError(error)) throw error
      warn(repo, `A link to ${subject} could not be written again: ${error.message}`)
      return listed
    }
  }
}
