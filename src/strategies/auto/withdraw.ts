/**
 * Taking away a link of either kind.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import type { Ways } from './publish.ts'

/** Withdraws a referrer of either kind. */
export async function withdrawEither(
  [bySubject, byTag]: Ways,
  repo: Repository,
  subject: Digest,
  referrer: Digest,
  options: PublishOptions,
): Promise<Withdrawn> {
  try {
    return await bySubject.withdraw(repo, subject, referrer, options)
  } catch (error) {
    // A manifest without a subject: linked the other way.
    if (!(error instanceof InvalidInputError)) throw error
    return byTag.withdraw(repo, subject, referrer, options)
  }
}
