/**
 * referrers(): what points at a subject.
 *
 * @module
 */

import { checkAnnotations } from '../model/annotations.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import { type Listing, listing } from '../registry/lists/listing.ts'
import type { Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { FindOptions, Referrer, Strategy } from '../strategies/strategy.ts'
import { resolveDigest } from './lib/subject.ts'

/** Options of {@link referrers}. */
export interface ReferrersOptions extends FindOptions {
  /**
   * How the links were written down.
   * @default ociSubject()
   */
  readonly strategy?: Strategy | undefined
}

/**
 * Lists what is attached to a subject. Lazy: nothing is asked before the first item is wanted, and
 * nothing after the loop is left.
 *
 * Requests: one per page; `HEAD` first when the subject is a tag. Without the referrers API two the
 * first time, then one. A filter that the listing cannot answer by itself costs one per entry it
 * leaves open; one on the type costs one in a list of several pages, once, to see whether the registry
 * filters rightly, and saves the other pages.
 *
 * @param subject - a tag, `sha256:<64 hex>` or a descriptor; a digest need not exist
 * @returns items, or `.pages()`; filters have been applied
 * @throws while iterating: {@link RegistryError} 404 when a tag is not there; {@link AuthError},
 *   {@link ConnectionError}, {@link RegistryError} when the registry could not be asked, which is
 *   never told as "none"
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
  const { strategy = ociSubject() } = options
  const target = parseSubject(repo, subject)
  checkAnnotations(options.annotations, 'annotations')
  return listing(async function* () {
    options.signal?.throwIfAborted()
    const digest = await resolveDigest(repo, target, { signal: options.signal })
    yield* strategy.discover(repo, digest, options).pages()
  })
}
