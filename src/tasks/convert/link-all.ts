/**
 * Links to one subject, in one new way, all that is to be converted.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Artifact, Loss, Referrer, Strategy } from '../../strategies/strategy.ts'
import { linkArtifacts } from '../lib/linking.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import { toError } from '../lib/to-error.ts'
import type { ConvertedLink } from './certificate.ts'
import type { How } from './how.ts'
import { type Described, describe, findPresent, listBy } from './new-links.ts'
import type { OldLink } from './old-links.ts'
import { samePayloads } from './same-payloads.ts'

/** Manifests that are read at once. */
export const AT_ONCE = 6

/** A link on its way. */
export interface Work {
  readonly old: OldLink
  /** Undefined where its manifest cannot be read. */
  readonly artifact: Artifact | undefined
  readonly failure: unknown
  readonly links: ConvertedLink[]
}

/** A link that can be written. */
interface Ready extends Described {
  readonly work: Work
  readonly artifact: Artifact
  readonly losses: readonly Loss[]
}

/** One that cannot, and why. */
interface Stuck {
  readonly work: Work
  readonly failure: unknown
}

/**
 * All that can be linked in one way, in one write where links are in one document; what is linked so already is not
 * written again.
 *
 * @param view - the repository with manifests that were read already
 * @throws what keeps all that have no link of this way yet from having one
 */
export async function linkAll(
  repo: Repository,
  view: Repository,
  subject: Descriptor,
  strategy: Strategy,
  works: readonly Work[],
  how: How,
): Promise<void> {
  const prepared = await Promise.all(works.map((work) => prepare(strategy, subject, work)))
  const there = await findAll(view, subject, strategy, prepared, how.signal)
  const ready: Ready[] = []
  for (const [i, one] of prepared.entries()) {
    const { links } = one.work
    const present = there[i]
    if (present) links.push(presentAs(strategy, present))
    else if ('failure' in one) links.push(failedAs(strategy, one.failure))
    else ready.push(one)
  }
  if (ready.length === 0) return
  if (how.dryRun) for (const one of ready) one.work.links.push(await plannedAs(strategy, one))
  else await write(repo, subject, strategy, ready, how)
}

/** Says of all that have no link of these ways yet why. Two ways may have the same name: each has its place. */
export function failAll(to: readonly Strategy[], works: readonly Work[], error: unknown): void {
  for (const { links } of works) {
    for (const strategy of to.slice(links.length)) links.push(failedAs(strategy, error))
  }
}

/** Makes what would be written. */
async function prepare(
  strategy: Strategy,
  subject: Descriptor,
  work: Work,
): Promise<Ready | Stuck> {
  const { artifact, failure } = work
  if (!artifact) return { work, failure }
  try {
    strategy.check(artifact)
    const losses = (await strategy.losses?.(artifact)) ?? []
    return { work, artifact, losses, ...(await describe(strategy, subject, artifact)) }
  } catch (error) {
    return { work, failure: error }
  }
}

/** Those that are linked in the new way already, in their order; seen to hold where that could be seen. */
async function findAll(
  view: Repository,
  subject: Descriptor,
  strategy: Strategy,
  prepared: readonly (Ready | Stuck)[],
  signal: AbortSignal | undefined,
): Promise<readonly (Referrer | undefined)[]> {
  const find = async (verify: boolean) => {
    const listed = await listBy(strategy, view, subject.digest, verify, signal)
    return prepared.map((one) =>
      findPresent(listed, strategy, one.work.old, 'digest' in one ? one : undefined),
    )
  }
  const there = await find(false)
  return there.some((one) => one?.confirmed === false) ? find(true) : there
}

async function write(
  repo: Repository,
  subject: Descriptor,
  strategy: Strategy,
  ready: readonly Ready[],
  { settle, signal }: How,
): Promise<void> {
  const artifacts = ready.map(({ artifact }) => artifact)
  const push = async () => artifacts
  const written = await linkArtifacts(repo, subject, strategy, artifacts, push, { settle, signal })
  const certify = async (one: Ready, i: number) => {
    one.work.links.push(await writtenAs(repo, strategy, written[i]!, one, signal))
  }
  await pLimit(AT_ONCE).map(ready, certify)
}

/** Reads the new manifest again, and compares its content. What was written is said, also where it cannot be read. */
async function writtenAs(
  repo: Repository,
  strategy: Strategy,
  referrer: Referrer,
  { artifact, losses }: Ready,
  signal: AbortSignal | undefined,
): Promise<ConvertedLink> {
  const { confirmed } = referrer
  const all = [...losses, ...(referrer.losses ?? [])]
  const distinct = [...new Map(all.map((loss) => [`${loss.field} ${loss.reason}`, loss])).values()]
  const linkAt = ({ digest, mediaType }: Again['at']) => {
    const status = 'written' as const
    return { ...nameOf(strategy), status, digest, mediaType, confirmed }
  }
  try {
    const { at, content } = await readAgain(repo, strategy, referrer, artifact, signal)
    const payloadsEqual = samePayloads(artifact, content)
    return { ...linkAt(at), payloadsEqual, losses: distinct }
  } catch (error) {
    signal?.throwIfAborted()
    const reason = `It cannot be read again: ${toError(error).message}`
    return { ...linkAt(referrer), payloadsEqual: false, losses: distinct, reason }
  }
}

/** Where something was found again, and what it holds. */
interface Again {
  readonly at: Pick<Referrer, 'digest' | 'mediaType'>
  readonly content: Artifact | undefined
}

/**
 * The content of what was written. Where it is in another repository, only the way itself finds it; at a tag that holds
 * several it may stand in another manifest by now, with what was written after it.
 */
async function readAgain(
  repo: Repository,
  strategy: Strategy,
  referrer: Referrer,
  artifact: Artifact,
  signal: AbortSignal | undefined,
): Promise<Again> {
  const { layers, ...read } = referrer
  if (!layers) return { at: read, content: await ownArtifact(repo, read, [strategy], signal) }
  const listed = await listBy(strategy, repo, referrer.subject.digest, false, signal)
  const same = listed.filter(({ digest }) => digest === referrer.digest)
  for (const at of same.length > 0 ? same : listed) {
    const content = await ownArtifact(repo, at, [strategy], signal)
    if (samePayloads(artifact, content)) return { at, content }
  }
  return { at: read, content: undefined }
}

/** What tells a way from others. */
function nameOf({ name, options = {} }: Strategy): Pick<ConvertedLink, 'strategy' | 'options'> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { strategy: name, ...(given.length > 0 && { options: Object.fromEntries(given) }) }
}

function presentAs(strategy: Strategy, { digest, mediaType, confirmed }: Referrer): ConvertedLink {
  const same = { digest, mediaType, confirmed, payloadsEqual: true, losses: [] }
  return { ...nameOf(strategy), status: 'present', ...same }
}

async function plannedAs(
  strategy: Strategy,
  { artifact, losses, manifest, digest }: Ready,
): Promise<ConvertedLink> {
  const { mediaType } = manifest
  const payloadsEqual = samePayloads(artifact, await strategy.read(manifest))
  const status = 'planned'
  return {
    ...nameOf(strategy),
    status,
    digest,
    mediaType,
    confirmed: false,
    payloadsEqual,
    losses,
  }
}

function failedAs(strategy: Strategy, error: unknown): ConvertedLink {
  const reason = toError(error).message
  return {
    ...nameOf(strategy),
    status: 'failed',
    confirmed: false,
    payloadsEqual: false,
    losses: [],
    reason,
  }
}
