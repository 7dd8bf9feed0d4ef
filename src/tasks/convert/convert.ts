/**
 * convert(): what is linked in one way, linked in another.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import { checkOptions } from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { checkVerbs, LINKING } from '../lib/strategy-choice.ts'
import type { Certificate } from './certificate.ts'
import { type ConvertOptions, convertChecks, strategies } from './options.ts'

/**
 * Links in another way what is attached to an image. The image does not change, nor does any content: blobs stay
 * where they are. The new link is written, read again and compared with the old one; only then, and only with
 * `keep: false`, is the old one taken away. Running it again after any failure goes on where it was.
 *
 * Requests: those of `discover()`; for each subject those of listing in each new way; for each artifact `GET` of its
 * manifest, and those of linking without uploads, once for each subject where links are in one document, and none for
 * what is linked so already; `GET` of each new manifest; with `keep: false` those of `detach()`.
 *
 * @param subject - a tag, a digest or a descriptor
 * @returns a certificate, which JSON keeps as it is, and `verifyConversion()` checks later
 * @throws {@link InvalidInputError} naming the option; {@link RegistryError} `NOT_FOUND` when the image is not
 *   there; what one artifact fails of is in the certificate, and the others are converted
 * @example
 * ```ts
 * import { convert, repository } from 'ocilink'
 * import { cosignTags, ociSubject } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const certificate = await convert(app, 'v1', { from: cosignTags(), to: ociSubject() })
 * if (!certificate.complete) console.log(JSON.stringify(certificate, null, 2))
 * ```
 */
export async function convert(
  repo: Repository,
  subject: Subject,
  options: ConvertOptions,
): Promise<Certificate> {
  checkOptions(options, convertChecks())
  const { to, from = [], keep = true, signal } = options
  if (to === undefined) {
    throw new InvalidInputError('INVALID_INPUT', 'to', strategies()[0], undefined)
  }
  const target = parseSubject(repo, subject)
  checkVerbs(listOf(to), [...LINKING, 'read', 'discover'])
  checkVerbs(listOf(from), keep ? ['discover', 'read'] : ['discover', 'read', 'withdraw'])
  signal?.throwIfAborted()
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: most programs convert nothing.
  const { runConvert } = await import('./run.ts')
  return runConvert(repo, target, given)
}

const listOf = (given: Strategy | readonly Strategy[]): readonly Strategy[] =>
  [given].flat() as readonly Strategy[]
