/**
 * What could not be read, and what that says of an answer.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import { internalsOf, type Repository, warn } from '../../registry/repository.ts'
import { isPassing } from '../../registry/wire/failures.ts'
import { toError } from '../lib/to-error.ts'

/** Why an answer may lack something. */
export interface Doubts {
  /** What says nothing of the referrer that was read: there may be a match, and nobody knows. */
  readonly unsure: unknown[]
  /** Referrers that nobody can read, which cost themselves alone. */
  readonly broken: unknown[]
}

export function noDoubts(): Doubts {
  return { unsure: [], broken: [] }
}

/** Whether a failure is about the one manifest or blob that was read, and would be the same later. */
function isAboutOne(error: unknown): boolean {
  return !isPassing(error) && !isOcilinkError(error, 'AUTH_REQUIRED', 'AUTH_DENIED')
}

/** Adds to the doubts what kept one referrer, or one blob of it, from being read. */
export function doubt({ unsure, broken }: Doubts, error: unknown): void {
  ;(isAboutOne(error) ? broken : unsure).push(error)
}

/**
 * Reads something of one referrer; what cannot be read costs a warning.
 *
 * @param doubts - what went wrong is added
 * @throws the signal's reason; {@link ContentError} `TOO_LARGE` where the call has spent its budget
 */
export async function attempt<T>(
  repo: Repository,
  { digest }: { readonly digest: string },
  signal: AbortSignal | undefined,
  doubts: Doubts,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    signal?.throwIfAborted()
    // What ends the call is no fault of one referrer.
    if (error === internalsOf(repo).budget?.failure) throw error
    doubt(doubts, error)
    warn(repo, `The referrer ${digest} cannot be read: ${toError(error).message}`)
    return undefined
  }
}
