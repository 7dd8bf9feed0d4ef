/**
 * hasReferrer(): is there one? Not to know is an error, never `false`.
 *
 * @module
 */
import type { Subject } from '../model/subject.ts'
import type { Repository } from '../registry/repository.ts'
import { budgeted } from '../registry/views.ts'
import { anyOf } from './lib/any-of.ts'
import { parseQuery, type QueryOptions } from './lib/query.ts'
import { resolveDigest } from './lib/subject.ts'

/** Options of {@link hasReferrer}; links are those of OCI 1.1, `ociSubject()`, where no strategy is named. */
export type HasReferrerOptions = QueryOptions

/**
 * Whether something of this kind is attached to a subject.
 *
 * Requests: as `referrers()`, ending with the first match. With a `scope` it is yes where one of them has it: to know
 * it of each platform, name each `platform`.
 *
 * @returns `true` or `false`; code that forgets the third case fails closed. With several strategies `true`
 *   as soon as one of them lists something, and `false` only when all have answered
 * @throws whatever kept the answer from being known, also of a single entry or manifest where no other matches; {@link InvalidInputError}, before any request, for a
 *   filter that is `undefined` or empty, such as an environment variable that is not set
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
  options: HasReferrerOptions = {},
): Promise<boolean> {
  const { target, strategies, options: rest, reach } = parseQuery(repo, subject, options)
  const { signal } = rest
  signal?.throwIfAborted()
  const call = budgeted(repo)
  const digest = await resolveDigest(call, target, { signal })
  if (strategies.length === 1 && !reach) return anyOf(strategies[0]!, call, digest, rest)
  const { onDemand } = await import('./lib/on-demand.ts')
  return reach
    ? onDemand.anyInReach(call, digest, reach, strategies, rest)
    : onDemand.anyOfSeveral(call, digest, strategies, rest)
}
