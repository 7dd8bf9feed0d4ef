/**
 * verifyConversion(): whether what a certificate says is so still.
 *
 * @module
 */
import pLimit from 'p-limit'
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { abortSignal, checkOptions, listOf } from '../../platform/options.ts'
import { hasBlob } from '../../registry/blobs/blobs.ts'
import { headManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { observed } from '../../registry/views.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import { strategy as isStrategy } from '../lib/strategy-choice.ts'
import { type Certificate, type ConvertedReferrer, parseCertificate } from './certificate.ts'
import { samePayloads } from './subject.ts'

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
 * Checks a certificate of `convert()` against the registry: the image is there, its tag leads to it, each new link is
 * listed with the content of the old one, and that content is there.
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
  const { image, tag, converted, repository } = parseCertificate(certificate)
  const { signal, known: own = [] } = options
  if (repository !== `${repo.registry}/${repo.name}`) {
    const expected = `${repo.registry}/${repo.name}, the repository that was given`
    throw new InvalidInputError('INVALID_INPUT', 'certificate.repository', expected, repository)
  }
  signal?.throwIfAborted()
  const view = observed(repo, () => {}, new Map())
  const known = [...own, ...(await everyStrategy())]
  const problems: string[] = []
  if (!(await headManifest(view, image.digest, { signal }))) {
    problems.push(`The image ${image.digest} is not there`)
  }
  if (tag !== undefined) {
    const now = await headManifest(view, tag, { signal })
    if (now?.digest !== image.digest) {
      problems.push(`The tag ${tag} leads to ${now?.digest ?? 'nothing'}, not to ${image.digest}`)
    }
  }
  const limit = pLimit(6)
  const found = await limit.map(converted, (one) => checkReferrer(view, one, known, signal))
  problems.push(...found.flat())
  return { valid: problems.length === 0, problems }
}

async function checkReferrer(
  repo: Repository,
  { subject, from, payloads, to }: ConvertedReferrer,
  known: readonly Strategy[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const { strategy: name, status, digest } of to) {
    const what = `What was ${from.digest}, attached to ${subject},`
    const strategy = known.find((one) => one.name === name)
    if (!strategy) {
      problems.push(`${what} is linked by ${name}, which is not known: pass it as one of "known"`)
    } else if (status === 'written' || status === 'present') {
      const held = await isHeld(repo, strategy, subject, digest, payloads, signal)
      if (!held) problems.push(`${what} is not listed by ${name} with its content`)
    } else {
      problems.push(`${what} was not linked by ${name}: it is ${status}`)
    }
  }
  const there = await Promise.all(payloads.map((blob) => hasBlob(repo, blob.digest, { signal })))
  payloads.forEach((blob, i) => {
    if (!there[i]) problems.push(`The blob ${blob.digest} of ${from.digest} is not there`)
  })
  return problems
}

/** Whether something that is listed has the content; the manifest at a cosign tag changes with what is added. */
async function isHeld(
  repo: Repository,
  strategy: Strategy,
  subject: Digest,
  digest: Digest | undefined,
  payloads: ConvertedReferrer['payloads'],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const listed: Referrer[] = []
  for await (const one of strategy.discover(repo, subject, { signal })) listed.push(one)
  const first = listed.filter((one) => one.digest === digest)
  const others = listed.filter((one) => one.digest !== digest && one.layers)
  for (const one of [...first, ...others]) {
    const artifact = await ownArtifact(repo, one, [strategy], signal)
    if (samePayloads({ blobs: payloads }, artifact)) return true
  }
  return false
}
