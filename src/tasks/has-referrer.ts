/**
 * hasReferrer(): is there one? "Could not tell" is an error, never `false`.
 *
 * @module
 */

import type { Subject } from '../model/subject.ts'
import type { Repository } from '../registry/repository.ts'
import { type ReferrersOptions, referrers } from './referrers.ts'

/**
 * Whether something of this kind is attached to a subject.
 *
 * Requests: as {@link referrers}, ending with the first match.
 *
 * @returns `true` or `false`; code that forgets the third case fails closed
 * @throws whatever kept the answer from being known
 * @example
 * ```ts
 * import { hasReferrer, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * if (!(await hasReferrer(app, 'v1', { artifactType: 'application/spdx+json' }))) {
 *   console.log('no SBOM')
 * }
 * ```
 */
export async function hasReferrer(
  repo: Repository,
  subject: Subject,
  options: ReferrersOptions = {},
): Promise<boolean> {
  for await (const _ of referrers(repo, subject, options)) return true
  return false
}
