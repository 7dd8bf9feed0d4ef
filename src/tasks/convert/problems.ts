/**
 * What of a certificate is not so, or not so any more.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../model/digest.ts'
import { hasBlob } from '../../registry/blobs/blobs.ts'
import { headManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { budgeted } from '../../registry/views.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import type { Certificate, ConvertedLink, ConvertedReferrer } from './certificate.ts'
import { listBy } from './new-links.ts'
import { samePayloads } from './same-payloads.ts'

/**
 * @param certificate - checked
 * @param own - strategies beside those of `ocilink/strategies`
 * @returns a sentence for each
 */
export async function problemsOf(
  repo: Repository,
  { image, tag, converted, ...said }: Certificate,
  own: readonly Strategy[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
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
  return problems
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
