/**
 * detach(): take a link away again.
 *
 * @module
 */

import { type Digest, parseDigest } from '../model/digest.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import type { Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { PublishOptions, Strategy, Withdrawn } from '../strategies/strategy.ts'
import { resolveDigest } from './lib/subject.ts'

/** Options of {@link detach}. */
export interface DetachOptions extends Pick<PublishOptions, 'settle' | 'signal'> {
  /**
   * How the link was written down.
   * @default ociSubject()
   */
  readonly strategy?: Strategy | undefined
}

/**
 * Detaches a referrer from its subject: takes it out of the referrers tag first, where it is listed
 * there, then deletes its manifest. Its blobs are left to the registry's own clean-up. Detaching
 * what is no longer there is no error.
 *
 * Requests: `GET` of the referrer's manifest and of the referrers tag, `DELETE` of the manifest; two
 * more on the tag where it has to change; `HEAD` first when the subject is a tag.
 *
 * @param referrer - digest of the referrer's manifest
 * @throws {@link InvalidInputError} when that manifest is no referrer of the subject: nothing is
 *   deleted; {@link UnsupportedError} when the registry refuses deletes and goes on listing it
 * @example
 * ```ts
 * import { detach, referrers, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const { digest } of referrers(app, 'v1')) await detach(app, 'v1', digest)
 * ```
 */
export async function detach(
  repo: Repository,
  subject: Subject,
  referrer: Digest | string,
  options: DetachOptions = {},
): Promise<Withdrawn> {
  const { strategy = ociSubject(), settle, signal } = options
  const target = parseSubject(repo, subject)
  const digest = parseDigest(referrer, 'referrer')
  signal?.throwIfAborted()
  const found = await resolveDigest(repo, target, { intent: 'push', signal })
  return strategy.withdraw(repo, found, digest, { settle, signal })
}
