/**
 * What cannot be read costs itself alone: the rest is listed, and the answer is not complete.
 *
 * @module
 */
import { OcilinkError } from '../../errors.ts'
import type { Entries } from '../../model/entries.ts'
import { internalsOf, type Repository, warn } from '../../registry/repository.ts'
import type { FindOptions } from '../strategy.ts'

/** Passes on what is wrong with one entry or manifest. */
export function reportUnreadable(
  repo: Repository,
  what: string,
  error: Error,
  { onUnreadable }: FindOptions,
): void {
  warn(repo, `${what} cannot be read, and is left out: ${error.message}`)
  onUnreadable?.(error)
}

/** The entries of a list that are descriptors. */
export function readableEntries(
  repo: Repository,
  where: string,
  { entries, unreadable }: Entries,
  options: FindOptions,
): Entries['entries'] {
  for (const { error } of unreadable) {
    reportUnreadable(repo, `An entry of ${where}`, error, options)
  }
  return entries
}

/**
 * Reads something of one manifest.
 *
 * @returns `undefined` where it cannot be read
 * @throws the signal's reason; `ContentError` `TOO_LARGE` where the call has spent its budget
 */
export async function unlessUnreadable<T>(
  repo: Repository,
  what: string,
  options: FindOptions,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    options.signal?.throwIfAborted()
    // What ends the call is no fault of one manifest.
    if (!(error instanceof OcilinkError) || error === internalsOf(repo).budget?.failure) throw error
    reportUnreadable(repo, what, error, options)
    return undefined
  }
}
