/**
 * verifyConversion(): whether what a certificate says is so still.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { abortSignal, checkOptions, listOf } from '../../platform/options.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { checkVerbs, strategy as isStrategy } from '../lib/strategy-choice.ts'
import { type Certificate, parseCertificate } from './certificate.ts'

/** Options of {@link verifyConversion}. */
export interface VerifyConversionOptions {
  /** Strategies beside those of `ocilink/strategies` that the certificate names. */
  readonly known?: readonly Strategy[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** What was found. */
export interface ConversionVerdict {
  /** Whether all of it is so. */
  readonly valid: boolean
  /** What is not, each in a sentence. */
  readonly problems: readonly string[]
}

/**
 * Checks a certificate of `convert()` by what it says and against the registry: it is complete and of no dry run, the
 * image is there, its tag leads to it, each new link is listed with the content of the old one, and that content is
 * there.
 *
 * Requests: `HEAD` of the image and of its tag; for each subject those of listing in each new way; `GET` of the
 * manifest that is listed, and `HEAD` of each blob.
 *
 * @param certificate - as `convert()` gave it, or the same read from JSON
 * @throws {@link InvalidInputError} naming the field; whatever keeps the registry from answering
 * @example
 * ```ts
 * import { convert, repository, verifyConversion } from 'ocilink'
 * import { ociSubject } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const certificate = await convert(app, 'v1', { to: ociSubject() })
 * console.log((await verifyConversion(app, certificate)).problems)
 * ```
 */
export async function verifyConversion(
  repo: Repository,
  certificate: Certificate,
  options: VerifyConversionOptions = {},
): Promise<ConversionVerdict> {
  checkOptions(options, { known: listOf(isStrategy), signal: abortSignal })
  internalsOf(repo)
  const parsed = parseCertificate(certificate)
  const expected = `${repo.registry}/${repo.name}`
  if (parsed.repository !== expected) {
    const what = `${expected}, the repository that was given`
    throw new InvalidInputError('INVALID_INPUT', 'certificate.repository', what, parsed.repository)
  }
  const { known = [], signal } = options
  checkVerbs(known, ['discover', 'read'])
  signal?.throwIfAborted()
  // Loaded when it is called: most programs convert nothing.
  const { problemsOf } = await import('./problems.ts')
  const problems = await problemsOf(repo, parsed, known, signal)
  return { valid: problems.length === 0, problems }
}
