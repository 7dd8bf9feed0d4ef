/**
 * referrers(): what points at a subject.
 *
 * @module
 */
import type { Subject } from '../model/subject.ts'
import { type Listing, listing } from '../registry/lists/listing.ts'
import type { Repository } from '../registry/repository.ts'
import { budgeted } from '../registry/views.ts'
import type { Referrer } from '../strategies/strategy.ts'
import { parseQuery, type QueryOptions } from './lib/query.ts'
import { resolveDigest } from './lib/subject.ts'

/** Options of {@link referrers}; links are those of OCI 1.1, `ociSubject()`, where no strategy is named. */
export type ReferrersOptions = QueryOptions

/**
 * Lists what is attached to a subject. Lazy: no request is made before the first item is wanted, and
 * none after the loop is left.
 *
 * Requests: one per page; `HEAD` first when the subject is a tag. Without the referrers API two the
 * first time, then one. A filter that the listing cannot answer by itself costs one per entry it
 * leaves open; one on the type costs one in a list of several pages, once, to see whether the registry
 * filters rightly, and saves the other pages. Several strategies list at the same time.
 *
 * With a `scope` or a `platform` one `GET` more for the subject and each index in it; all are listed at the same time.
 *
 * With several strategies a page has the next page of each. Each digest is listed once, with every way it
 * was found until then.
 *
 * @param subject - a tag, a digest, or a descriptor; a digest need not be there
 * @returns items, or `.pages()`; filters have been applied
 * @throws {@link InvalidInputError} naming the option, at once; while iterating: {@link RegistryError} 404
 *   when a tag is not there; {@link AuthError}, {@link ConnectionError}, {@link RegistryError} when the
 *   registry did not answer, which never reads as "none"; of several strategies, after what the
 *   others list; of an entry or a manifest that cannot be read, where nothing else is listed (else the
 *   repository's `onWarning` is called); {@link UnsupportedError} where it supports none of them
 * @example
 * ```ts
 * import { referrers, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const referrer of referrers(app, 'v1', { artifactType: 'application/spdx+json' })) {
 *   console.log(referrer.digest, referrer.annotations, referrer.via)
 * }
 * ```
 */
export function referrers(
  repo: Repository,
  subject: Subject,
  options: ReferrersOptions = {},
): Listing<Referrer> {
  const { target, strategies, options: rest, reach } = parseQuery(repo, subject, options)
  const { signal } = rest
  return listing(async function* () {
    signal?.throwIfAborted()
    const call = budgeted(repo)
    let unreadable: Error | undefined
    const onUnreadable = (error: Error) => {
      unreadable ??= error
    }
    const find = { ...rest, onUnreadable }
    const digest = await resolveDigest(call, target, { signal })
    const own = strategies.length === 1 && !reach
    const pages = own
      ? strategies[0]!.discover(call, digest, find).pages()
      : (await import('./lib/on-demand.ts')).onDemand.list(call, digest, reach, strategies, find)
    let none = true
    for await (const page of pages) {
      none &&= page.length === 0
      yield page
    }
    // An empty listing says "none", which what could not be read may belie.
    if (none && unreadable) throw unreadable
  })
}
