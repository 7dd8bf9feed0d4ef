/**
 * detect(): which ways of linking a registry can be read by and written with.
 *
 * @module
 */
import { RegistryError, UnsupportedError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { parseDigestTag } from '../model/digest-tags.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import { abortSignal, anything, type Checks, checkOptions } from '../platform/options.ts'
import type { Capabilities, Support } from '../registry/capabilities.ts'
import { isUnknownName, listTags } from '../registry/lists/tags.ts'
import { headManifest } from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'
import type { Reads } from '../registry/stored-manifest.ts'
import { budgeted, observed, type SentRequest } from '../registry/views.ts'
import { learnTypeFilter } from '../strategies/kept/type-filter.ts'
import type { Referrer, Strategy } from '../strategies/strategy.ts'
import { everyStrategy } from './lib/every-strategy.ts'
import { chosenStrategies, type StrategyChoice, strategyChecks } from './lib/strategy-choice.ts'
import { resolveDigest } from './lib/subject.ts'
import { toError } from './lib/to-error.ts'

/**
 * Options of {@link detect}; where no strategy is named it tries every one of `ocilink/strategies`, but those
 * that choose among others.
 */
export type DetectOptions = StrategyChoice & {
  /**
   * An image to list referrers of: some registries answer differently for a digest they do not know.
   * @default of the first hundred tags what the first one leads to that is no link; else what one links to
   */
  readonly subject?: Subject | undefined
  readonly signal?: AbortSignal | undefined
}

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<DetectOptions> => ({
  ...strategyChecks(),
  subject: anything,
  signal: abortSignal,
})

/** What was found out about one way of linking. */
export interface DetectedStrategy {
  /** Name of the strategy. */
  readonly strategy: string
  /** The options it was made with, such as `{ suffix: 'att' }`, where there are some. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Whether a listing was answered. */
  readonly read: Support
  /**
   * Whether it can be written. "supported" only where something was pushed that shows it, by this
   * Repository or by the one whose capabilities it was given; "unknown" where only a write would show it.
   */
  readonly write: Support
  /** Why `write` is what it is, for people. */
  readonly because: string
  /** Requests that were sent for it; none where another strategy had read the same. */
  readonly requests: readonly SentRequest[]
  /** Why it cannot be read. */
  readonly error?: Error
}

/** What was found out about a registry. As JSON it says the same. */
export interface Detection {
  readonly registry: string
  readonly repository: string
  /** The digest whose referrers were listed; all zeros in an empty repository. */
  readonly subject: Digest
  /** As {@link Repository.capabilities}, to be given back to `repository()`. */
  readonly capabilities: Capabilities
  /** In the order in which they were given; those with one name differ by their `options`. */
  readonly strategies: readonly DetectedStrategy[]
}

/**
 * Finds out which ways of linking a registry supports, by reading and never by writing.
 *
 * Requests: one listing per strategy, in parallel; one manifest that is listed, to see whether the
 * registry knows its type; `GET tags/list` and `HEAD` of a tag before, unless a subject is given. A
 * repository that is not there is as good as an empty one.
 *
 * @returns per strategy whether it can be read and written, and what was seen that says so
 * @throws `AuthError`, `ConnectionError`, `RegistryError` when the registry gave no usable answer at all;
 *   `RegistryError` 404 when the given subject is a tag that is not there; `InvalidInputError` naming
 *   the option
 * @example
 * ```ts
 * import { detect, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * console.log(JSON.stringify(await detect(app), undefined, 2))
 * ```
 */
export async function detect(repo: Repository, options: DetectOptions = {}): Promise<Detection> {
  checkOptions(options, checks())
  const target = options.subject === undefined ? undefined : parseSubject(repo, options.subject)
  const { signal } = options
  signal?.throwIfAborted()
  const strategies = chosenStrategies(options) ?? (await everyStrategy())
  const subject = target
    ? await resolveDigest(repo, target, { signal })
    : await anySubject(repo, signal)

  const call = budgeted(repo)
  const reads: Reads = new Map()
  const attempts = await Promise.all(
    strategies.map((strategy) => tryListing(call, reads, strategy, subject, signal)),
  )
  const byApi = attempts
    .flatMap(({ listed }) => listed)
    .filter(({ via }) => via.some(({ source }) => source === 'referrers-api'))
  await learnTypeFilter(
    observed(call, () => {}, reads),
    byApi,
    signal,
  )
  return {
    registry: repo.registry,
    repository: repo.name,
    subject,
    capabilities: { ...repo.capabilities },
    strategies: attempts.map(({ strategy, read, requests, error }) => ({
      strategy: strategy.name,
      ...(Object.keys(strategy.options ?? {}).length > 0 && { options: strategy.options! }),
      read,
      ...canWrite(repo, strategy, read),
      requests,
      ...(error && { error }),
    })),
  }
}

/** What came of the first page of a strategy's listing. */
interface Attempt extends Pick<DetectedStrategy, 'read' | 'requests' | 'error'> {
  readonly strategy: Strategy
  readonly listed: readonly Referrer[]
}

async function tryListing(
  repo: Repository,
  reads: Reads,
  strategy: Strategy,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const requests: SentRequest[] = []
  const window = observed(repo, (event) => requests.push(event), reads)
  try {
    const listed: Referrer[] = []
    for await (const page of strategy.discover(window, subject, { signal }).pages()) {
      listed.push(...page)
      break
    }
    return { strategy, read: 'supported', requests, listed }
  } catch (error) {
    signal?.throwIfAborted()
    // As good as an empty one.
    if (isUnknownName(error)) return { strategy, read: 'supported', requests, listed: [] }
    const read = error instanceof UnsupportedError ? 'unsupported' : 'unknown'
    return { strategy, read, requests, listed: [], error: toError(error) }
  }
}

/** Not before a push was seen: registries that list everything may be read-only all the same. */
function canWrite(
  { capabilities }: Repository,
  { needs, readOnly }: Strategy,
  read: Support,
): Pick<DetectedStrategy, 'write' | 'because'> {
  if (readOnly) return { write: 'unsupported', because: 'others write it' }
  const lacking = needs.find((need) => capabilities[need] === 'unsupported')
  if (lacking) return { write: 'unsupported', because: `the registry lacks ${lacking}` }
  // What nobody would find is not written.
  if (read === 'unsupported') return { write: 'unsupported', because: 'its links are not listed' }
  const { artifactManifests, singlePost, subjectHeader } = capabilities
  // Known since a manifest with a subject was taken, whether the answer had the header or not.
  const linked = subjectHeader !== 'unknown'
  if (needs.length === 0 && linked) {
    return { write: 'supported', because: 'a manifest was pushed (subjectHeader)' }
  }
  const pushed = linked || artifactManifests === 'supported' || singlePost === 'supported'
  if (needs.length > 0 && pushed && needs.every((need) => capabilities[need] === 'supported')) {
    return { write: 'supported', because: `it takes pushes, and has ${needs.join(', ')}` }
  }
  return { write: 'unknown', because: 'only a write would tell' }
}

/** The image of a tag that somebody chose; else what the tags link to; else nothing there is. */
async function anySubject(repo: Repository, signal: AbortSignal | undefined): Promise<Digest> {
  const nothing = `sha256:${'0'.repeat(64)}` as Digest
  try {
    for await (const tags of listTags(repo, { pageSize: 100, signal }).pages()) {
      const links = tags.map(parseDigestTag)
      const tag = tags.find((_, i) => !links[i])
      if (tag !== undefined) return (await headManifest(repo, tag, { signal }))?.digest ?? nothing
      // Longer digests are cut in a tag.
      const link = links.find((each) => each?.algorithm === 'sha256')
      return link ? (`sha256:${link.hex}` as Digest) : nothing
    }
  } catch (error) {
    // An unknown repository has no tags.
    if (!(error instanceof RegistryError) || error.status !== 404) throw error
  }
  return nothing
}
