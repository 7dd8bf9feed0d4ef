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
import { budgeted } from '../../registry/views.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import { checkVerbs, strategy as isStrategy } from '../lib/strategy-choice.ts'
import {
  type Certificate,
  type ConvertedLink,
  type ConvertedReferrer,
  parseCertificate,
} from './certificate.ts'
import { listBy } from './new-links.ts'
import { samePayloads } from './same-payloads.ts'

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
  const { image, tag, converted, repository, ...said } = parseCertificate(certificate)
  const { signal, known: own = [] } = options
  if (repository !== `${repo.registry}/${repo.name}`) {
    const expected = `${repo.registry}/${repo.name}, the repository that was given`
    throw new InvalidInputError('INVALID_INPUT', 'certificate.repository', expected, repository)
  }
  checkVerbs(own, ['discover', 'read'])
  signal?.throwIfAborted()
  const known = [...own, ...(await everyStrategy())]
  const problems: string[] = []
  if (said.dryRun) problems.push('The certificate is of a dry run, which wrote nothing')
  if (!said.imageUnchanged) {
    problems.push('The certificate says that the tag was not seen to lead to the image afterwards')
  }
  if (!said.complete) problems.push('The certificate says that the conversion is not complete')
  if (!(await headManifest(repo, image.digest, { signal }))) {
    problems.push(`The image ${image.digest} is not there`)
  }
  if (tag !== undefined) {
    const now = await headManifest(repo, tag, { signal })
    if (now?.digest !== image.digest) {
      problems.push(`The tag ${tag} leads to ${now?.digest ?? 'nothing'}, not to ${image.digest}`)
    }
  }
  const limit = pLimit(6)
  const lists = new Map<Strategy, Map<Digest, Promise<readonly Referrer[]>>>()
  /** Each once, however many were linked so. */
  const list = (strategy: Strategy, subject: Digest) => {
    const bySubject = lists.get(strategy) ?? new Map()
    lists.set(strategy, bySubject)
    const listed =
      bySubject.get(subject) ?? listBy(strategy, budgeted(repo), subject, false, signal)
    bySubject.set(subject, listed)
    return listed
  }
  const found = await limit.map(converted, (one) => checkReferrer(repo, one, known, list, signal))
  problems.push(...found.flat())
  return { valid: problems.length === 0, problems }
}

async function checkReferrer(
  repo: Repository,
  { subject, from, payloads, to }: ConvertedReferrer,
  known: readonly Strategy[],
  list: (strategy: Strategy, subject: Digest) => Promise<readonly Referrer[]>,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const link of to) {
    const { strategy: name, options, status, digest } = link
    const what = `What was ${from.digest}, attached to ${subject},`
    const strategy = wayOf(link, known)
    if (!strategy) {
      const way = `${name}${options ? ` with ${JSON.stringify(options)}` : ''}`
      problems.push(`${what} is linked by ${way}, which is not known: pass it as one of "known"`)
    } else if (status === 'written' || status === 'present') {
      const listed = await list(strategy, subject)
      const held = await isHeld(repo, strategy, listed, digest, payloads, signal)
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

/** The way with the options that the link was made with; where it says none, any of its name. */
function wayOf(
  { strategy, options = {} }: Pick<ConvertedLink, 'strategy' | 'options'>,
  known: readonly Strategy[],
): Strategy | undefined {
  const named = known.filter(({ name }) => name === strategy)
  const keys = Object.keys(options)
  const exact = named.find(({ options: own = {} }) =>
    [...new Set([...keys, ...Object.keys(own)])].every(
      (key) => JSON.stringify(own[key]) === JSON.stringify(options[key]),
    ),
  )
  return exact ?? (keys.length === 0 ? named[0] : undefined)
}

/** Whether something that is listed has the content; the manifest at a cosign tag changes with what is added. */
async function isHeld(
  repo: Repository,
  strategy: Strategy,
  listed: readonly Referrer[],
  digest: Digest | undefined,
  payloads: ConvertedReferrer['payloads'],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const first = listed.filter((one) => one.digest === digest)
  const others = listed.filter((one) => one.digest !== digest && one.layers)
  for (const one of [...first, ...others]) {
    const artifact = await ownArtifact(repo, one, [strategy], signal)
    if (samePayloads({ blobs: payloads }, artifact)) return true
  }
  return false
}
