/**
 * Reads of single manifests, each of which costs itself alone where it fails. A file of its own, since what a page loads
 * first reads lists only.
 *
 * @module
 */
import { OcilinkError } from '../../errors.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import type { FindOptions } from '../strategy.ts'
import { reportUnreadable } from './unreadable.ts'

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
