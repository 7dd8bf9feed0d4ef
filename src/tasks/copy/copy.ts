/**
 * copy(): an image with everything attached to it, from one repository to another.
 *
 * @module
 */

import { InvalidInputError } from '../../errors.ts'
import { isDigest } from '../../model/digest.ts'
import { parseTag } from '../../model/reference.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import { checkOptions } from '../../platform/options.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import { checkVerbs, LINKING } from '../lib/strategy-choice.ts'
import { type CopyOptions, copyChecks } from './options.ts'
import type { CopyReport } from './report.ts'

/**
 * Copies an image, or an index with its platforms, and what is attached to them, however it was linked. Digests never
 * change: manifests are written as the bytes that were read. Children come before parents, subjects before referrers,
 * and the tags last. A link is kept as it was where the destination can keep it: by its own manifest, by an entry in
 * the referrers tag, or by a tag of its own, which is never overwritten but merged with what is there.
 *
 * Whatever went wrong, the same call goes on where the one before it ended. What one referrer fails of is in the
 * report, and the others are copied all the same; `complete` says whether anything was left behind.
 *
 * Requests: `GET` of each manifest at the source and `PUT` at the destination; `GET` of the image there too, and of each
 * manifest of an index: what is there is not copied again. For each blob a mount, or what {@link CopyReport} says of
 * it. With `referrers` those of `discover()`, at the source, and at the destination where the image was there; and
 * those of linking, once for each subject.
 *
 * @param from - where it is
 * @param subject - a tag, `sha256:<64 hex>` or a descriptor
 * @param to - where it goes: any repository, also the same one for another tag
 * @throws {@link CopyError} when the image itself could not be copied, with the side that failed;
 *   {@link InvalidInputError} naming the option; {@link NoMatchError} when there is no such platform
 * @example
 * ```ts
 * import { copy, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const mirror = repository('127.0.0.1:5001/mirror/app')
 * const report = await copy(app, 'v1', mirror, { referrers: true })
 * if (!report.complete) console.log(report.losses, report.sources)
 * ```
 */
export async function copy(
  from: Repository,
  subject: Subject,
  to: Repository,
  options: CopyOptions = {},
): Promise<CopyReport> {
  checkOptions(options, copyChecks())
  internalsOf(from, 'from')
  internalsOf(to, 'to')
  const target = parseSubject(from, subject)
  const tags = (options.tags ?? tagsOf(target)).map((tag, i) => parseTag(tag, `tags[${i}]`))
  if (options.strategy) checkVerbs([options.strategy], [...LINKING, 'discover'])
  if (options.strategy?.readOnly) {
    const expected = 'a strategy that writes links'
    throw new InvalidInputError('INVALID_INPUT', 'strategy', expected, options.strategy.name)
  }
  options.signal?.throwIfAborted()
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: what is needed before it is small.
  const { runCopy } = await import('./run.ts')
  return runCopy(from, target, to, tags, given)
}

/** The tag that is copied. */
function tagsOf(target: ReturnType<typeof parseSubject>): readonly string[] {
  return typeof target === 'string' && !isDigest(target) ? [target] : []
}
