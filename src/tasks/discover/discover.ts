/**
 * discover(): everything that is attached to a subject, however it was linked.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import {
  abortSignal,
  boolean,
  type Check,
  type Checks,
  checkOptions,
  oneOf,
  positiveInteger,
} from '../../platform/options.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import { type Reads, readKey } from '../../registry/stored-manifest.ts'
import { budgeted, observed } from '../../registry/views.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { createdOf } from '../lib/created.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { checkFilters, checkGiven, type Filters, filterChecks } from '../lib/filters.ts'
import { platformCheck } from '../lib/platform-name.ts'
import type { Scoped } from '../lib/scope.ts'
import { type Scope, scopes } from '../lib/scope-name.ts'
import { chosenStrategies, type StrategyChoice, strategyChecks } from '../lib/strategy-choice.ts'
import { resolveDigest, resolveSubject } from '../lib/subject.ts'
import { explore } from './exploration.ts'
import { buildTree, type FoundReferrer } from './found-tree.ts'
import type { Source } from './source.ts'

/**
 * Options of {@link discover}; where no strategy is named it reads through every one of `ocilink/strategies`, but
 * those that choose among others.
 */
export type DiscoverOptions = Filters &
  StrategyChoice & {
    /**
     * How far to follow referrers of referrers: 1 for what points at the subject, 2 for signatures of
     * its SBOMs, and so on.
     * @default 1
     */
    readonly depth?: number | undefined
    /**
     * Whose referrers: of the subject itself, of the platform manifests in its index, or of all of
     * these. What an index says about its platforms, as BuildKit's do, is listed for an `'index'` as well,
     * and for a `'platform'` as its referrer. Indexes in an index are gone through.
     * @default 'index'
     */
    readonly scope?: Scope | undefined
    /**
     * Of an index, the platform whose referrers are meant, such as `linux/arm64`; what the index says about that
     * platform is listed too. In place of `scope`.
     */
    readonly platform?: string
    /** Only referrers that say they were made at this moment or later. */
    readonly since?: Date
    /** Only referrers that say they were made before this moment. */
    readonly until?: Date
    /**
     * Read every referrer's manifest, and leave out those that are gone or point elsewhere. One
     * request more per referrer.
     * @default false
     */
    readonly verify?: boolean | undefined
    /**
     * Most referrers to follow; where there are more, or more than 100 000 links between them, the answer is
     * not complete.
     * @default 10_000
     */
    readonly maxReferrers?: number | undefined
    readonly signal?: AbortSignal | undefined
  }

/** Everything that was found. */
export interface Discovery {
  /** What points at the subject, each digest once, with every way it was found. */
  readonly referrers: readonly FoundReferrer[]
  /** The same with the referrers of referrers, in one list. */
  readonly flat: readonly FoundReferrer[]
  /** False when a source could not be read: then what is missing may be there all the same. */
  readonly complete: boolean
  readonly sources: readonly Source[]
  /**
   * Why there may be more than was looked at, beside sources that could not be read: more referrers than
   * `maxReferrers`, or an index with more levels or platforms than one call goes through.
   */
  readonly cut?: Error
}

/**
 * Finds everything that is attached to a subject, however it was linked. All strategies list at
 * the same time, and a manifest that several of them need is read once. A source that fails does not
 * read as "none": `complete` is false, and `sources` says which and why. Links of OCI 1.1 are looked
 * for at the referrers tag too where the registry lists them: older ones may be there alone.
 *
 * Requests: those of each strategy's listing, in parallel; `HEAD` first when the subject is a tag,
 * `GET` of the subject, and of indexes in it, for another scope than `'index'`; the same again for each
 * level of depth. A filter costs a listing more for each subject before the last level, and a manifest
 * where a list says too little for it. Two round trips a level; three the first time on a registry that
 * cannot begin `tags/list` in the middle.
 *
 * @param subject - a tag, `sha256:<64 hex>` or a descriptor
 * @throws `RegistryError` 404 when a tag is not there; `NoMatchError` where the image lacks the platform;
 *   `InvalidInputError` naming the option
 * @example
 * ```ts
 * import { discover, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const found = await discover(app, 'v1', { depth: 2 })
 * for (const { digest, via } of found.referrers) console.log(digest, via)
 * if (!found.complete) console.log(found.sources.filter(({ status }) => status === 'failed'))
 * ```
 */
export async function discover(
  repo: Repository,
  subject: Subject,
  options: DiscoverOptions = {},
): Promise<Discovery> {
  checkDiscoverOptions(options)
  const target = parseSubject(repo, subject)
  const { depth = 1, scope = 'index', platform, maxReferrers = 10_000, verify, signal } = options
  const { artifactType, since, until } = options
  signal?.throwIfAborted()
  // Both at once: a page loads them over a network.
  const [strategies, { onDemand }] = await Promise.all([
    chosenStrategies(options) ?? everyStrategy(),
    import('../lib/on-demand.ts'),
  ])

  // What the caller has read of the same repository is not read again.
  const reads: Reads = internalsOf(repo).reads ?? new Map()
  const call = budgeted(repo)
  const window = observed(call, () => {}, reads)
  const scoped =
    platform === undefined
      ? await onDemand.expandSubject(
          window,
          await digestOf(window, target, reads, options),
          scope,
          strategies,
          signal,
        )
      : await scopeOfPlatform(window, target, platform, signal)
  // Dates are annotations: no other filter is needed for strategies to read what lists leave out.
  const annotations = options.annotations ?? (since || until ? {} : undefined)
  const filters = { artifactType, annotations }
  const limit = { most: maxReferrers, reached: false, links: 0, signal }
  const reach = { repo: call, reads, strategies, depth, limit, filters, verify, signal }
  const { links, sources, cut } = await explore(scoped, reach)
  signal?.throwIfAborted()
  const top = [...scoped.subjects, ...scoped.indexes]
  const { tree, flat } = buildTree(top, links, (referrer) => isInTime(referrer, since, until))
  return {
    referrers: tree,
    flat,
    complete: !cut && sources.every(({ status }) => status !== 'failed'),
    sources,
    ...(cut && { cut }),
  }
}

/** Its digest. All strategies together read the subject itself, so that a tag is looked up by that. */
async function digestOf(
  repo: Repository,
  target: string | Descriptor,
  reads: Reads,
  options: DiscoverOptions,
): Promise<Digest> {
  const { signal } = options
  if (typeof target !== 'string' || isDigest(target) || chosenStrategies(options)) {
    return resolveDigest(repo, target, { signal })
  }
  const { digest } = await resolveSubject(repo, target, { signal })
  const read = reads.get(readKey(target, undefined))
  if (read) reads.set(readKey(digest, undefined), read)
  return digest
}

/** A platform of an index: the index is no subject, but may say what belongs to its platforms. */
async function scopeOfPlatform(
  repo: Repository,
  subject: string | Descriptor,
  platform: string,
  signal: AbortSignal | undefined,
): Promise<Scoped> {
  const { onDemand } = await import('../lib/on-demand.ts')
  const { manifest, index } = await onDemand.findPlatform(repo, subject, platform, signal)
  const entries = new Map([[manifest.digest, manifest]])
  return {
    subjects: [manifest.digest],
    indexes: index ? [index.digest] : [],
    entries,
    cut: undefined,
  }
}

function isInTime(referrer: Referrer, since: Date | undefined, until: Date | undefined): boolean {
  if (!since && !until) return true
  const created = createdOf(referrer)
  if (created === undefined) return false
  return (!since || created >= since.getTime()) && (!until || created < until.getTime())
}

const date: Check = [
  'a valid Date',
  (value) => value instanceof Date && Number.isFinite(value.getTime()),
]

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<DiscoverOptions> => ({
  ...filterChecks,
  ...strategyChecks(),
  depth: positiveInteger,
  scope: oneOf(...scopes),
  platform: platformCheck,
  since: date,
  until: date,
  verify: boolean,
  maxReferrers: positiveInteger,
  signal: abortSignal,
})

function checkDiscoverOptions(options: DiscoverOptions): void {
  checkOptions(options, checks())
  checkFilters(options)
  checkGiven(options, ['since', 'until', 'platform'])
  if (options.platform !== undefined && options.scope !== undefined) {
    const expected = 'left out where "platform" is given'
    throw new InvalidInputError('INVALID_INPUT', 'scope', expected, options.scope)
  }
}
