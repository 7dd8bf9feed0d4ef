/**
 * What cannot be read costs itself alone: the rest is listed, and the answer is not complete.
 *
 * @module
 */
import type { Entries } from '../../model/entries.ts'
import { type Repository, warn } from '../../registry/repository.ts'
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
