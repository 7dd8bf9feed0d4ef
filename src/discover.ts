/**
 * discover(): everything that is attached to a subject, however it was linked.
 *
 * @module
 */

import { everyStrategy } from './_every-strategy.ts'
import { expandSubject, type Scope } from './_scope.ts'
import { parseSubject, resolveDigest, type Subject } from './_subject.ts'
import { InvalidInputError, UnsupportedError } from './errors.ts'
import { checkAnnotations, matchesAnnotations } from './model/annotations.ts'
import type { Digest } from './model/digest.ts'
import type { MediaType } from './model/media-types.ts'
import { createdOf } from './newest.ts'
import { type Asked, observed, type Reads } from './registry/observed.ts'
import type { Repository } from './registry/repository.ts'
import type { Referrer, Strategy } from './strategies/strategy.ts'

/** Options of {@link discover}. */
export interface DiscoverEverythingOptions {
  /**
   * Ways of linking to look for.
   * @default every one of ocilink/strategies
   */
  readonly strategies?: readonly Strategy[] | undefined
  /**
   * How far to follow referrers of referrers: 1 for what points at the subject, 2 for signatures of
   * its SBOMs, and so on.
   * @default 1
   */
  readonly depth?: number | undefined
  /**
   * Whose referrers: of the subject itself, of the platform manifests in its index, or of all of
   * these.
   * @default 'index'
   */
  readonly scope?: Scope | undefined
  /** Only referrers of this type. */
  readonly artifactType?: MediaType | undefined
  /** Only referrers with all of these annotations. */
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** Only referrers that say they were made at this moment or later. */
  readonly since?: Date | undefined
  /** Only referrers that say they were made before this moment. */
  readonly until?: Date | undefined
  /**
   * Most referrers to follow; where there are more the answer is not complete.
   * @default 10_000
   */
  readonly maxReferrers?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A referrer with what points at it in turn. */
export interface FoundReferrer extends Referrer {
  /** Its own referrers, down to the asked depth. */
  readonly referrers: readonly FoundReferrer[]
}

/** One strategy asked about one subject. */
export interface Source {
  readonly strategy: string
  readonly subject: Digest
  /** What the registry has no support for cannot hold links there: that is an answer too. */
  readonly status: 'answered' | 'unsupported' | 'failed'
  /** How many referrers it told of, before filters. */
  readonly count: number
  /** What was sent for it; nothing where another source had read the same. */
  readonly asked: readonly Asked[]
  /** Why it failed, or what is missing. */
  readonly error?: unknown
}

/** Everything that was found. */
export interface Discovery {
  /** What points at the subject, each digest once, with every way it was found. */
  readonly referrers: readonly FoundReferrer[]
  /** The same with the referrers of referrers, in one list. */
  readonly flat: readonly FoundReferrer[]
  /** False when a source could not be asked: then what is missing may be there all the same. */
  readonly complete: boolean
  readonly sources: readonly Source[]
}

/**
 * Finds everything that is attached to a subject, however it was linked. All strategies are asked at
 * the same time, and a manifest that several of them need is read once. A source that fails does not
 * read as "none": `complete` is false, and `sources` says which and why.
 *
 * Requests: what each strategy's listing asks, in parallel; `HEAD` first when the subject is a tag,
 * `GET` of the subject for another scope than `'index'`; the same again for each level of depth.
 *
 * @param subject - a tag, `sha256:<64 hex>` or a descriptor
 * @throws `RegistryError` 404 when a tag is not there; `InvalidInputError` naming the option
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
  options: DiscoverEverythingOptions = {},
): Promise<Discovery> {
  const { depth = 1, scope = 'index', maxReferrers = 10_000, signal } = options
  const strategies = options.strategies ?? (await everyStrategy())
  const target = parseSubject(subject)
  checkOptions(options)
  signal?.throwIfAborted()

  const reads: Reads = new Map()
  const sources: Source[] = []
  const seen = new Set<Digest>()
  let cut = false

  // Filters that a parent need not pass are applied at the end, not while following.
  const filter = { artifactType: options.artifactType, annotations: options.annotations }
  const pushed = depth === 1 ? filter : {}

  async function ask(strategy: Strategy, digest: Digest): Promise<readonly Referrer[]> {
    const asked: Asked[] = []
    const window = observed(repo, (event) => asked.push(event), reads)
    const found: Referrer[] = []
    const source = { strategy: strategy.name, subject: digest, asked }
    try {
      for await (const referrer of strategy.discover(window, digest, { ...pushed, signal })) {
        if (found.length >= maxReferrers) {
          cut = true
          break
        }
        found.push(referrer)
      }
      sources.push({ ...source, status: 'answered', count: found.length })
    } catch (error) {
      signal?.throwIfAborted()
      const status = error instanceof UnsupportedError ? 'unsupported' : 'failed'
      sources.push({ ...source, status, count: found.length, error })
    }
    return found
  }

  async function follow(digest: Digest, level: number): Promise<FoundReferrer[]> {
    const lists = await Promise.all(strategies.map((strategy) => ask(strategy, digest)))
    return Promise.all(
      merge(lists.flat()).map(async (referrer) => {
        // What points at itself in a circle, or was met before, is listed and not followed again.
        const known = seen.has(referrer.digest)
        seen.add(referrer.digest)
        if (seen.size > maxReferrers) cut = true
        const deeper = level < depth && !known && !cut
        return { ...referrer, referrers: deeper ? await follow(referrer.digest, level + 1) : [] }
      }),
    )
  }

  const window = observed(repo, () => {}, reads)
  const digest = await resolveDigest(window, target, { signal })
  const subjects = await expandSubject(window, digest, scope, signal)
  const found = (await Promise.all(subjects.map((each) => follow(each, 1)))).flat()
  const tree = prune(merge(found), (referrer) => passes(referrer, options))
  return {
    referrers: tree,
    flat: merge(flatten(tree).filter((each) => passes(each, options))),
    complete: !cut && sources.every(({ status }) => status !== 'failed'),
    sources,
  }
}

/** One referrer per digest, with every way it was found and the most that any of them said. */
function merge<T extends Referrer & { readonly referrers?: readonly FoundReferrer[] }>(
  list: readonly T[],
): T[] {
  const merged = new Map<Digest, T>()
  for (const next of list) {
    const known = merged.get(next.digest)
    if (!known) {
      merged.set(next.digest, next)
      continue
    }
    // Who has seen the link hold knows best what it says.
    const [better, other] = next.confirmed && !known.confirmed ? [next, known] : [known, next]
    const via = [...known.via, ...next.via].filter(
      ({ strategy, source }, i, every) =>
        every.findIndex((one) => one.strategy === strategy && one.source === source) === i,
    )
    const below = [...(known.referrers ?? []), ...(next.referrers ?? [])]
    const referrers = known.referrers && { referrers: merge(below) }
    merged.set(next.digest, { ...other, ...better, via, ...referrers })
  }
  return [...merged.values()]
}

/** Keeps what passes, and what leads to something that does. */
function prune(
  list: readonly FoundReferrer[],
  keep: (referrer: FoundReferrer) => boolean,
): FoundReferrer[] {
  return list.flatMap((referrer) => {
    const referrers = prune(referrer.referrers, keep)
    return keep(referrer) || referrers.length > 0 ? [{ ...referrer, referrers }] : []
  })
}

function flatten(list: readonly FoundReferrer[]): FoundReferrer[] {
  return list.flatMap((referrer) => [referrer, ...flatten(referrer.referrers)])
}

function passes(referrer: Referrer, options: DiscoverEverythingOptions): boolean {
  const { artifactType, annotations, since, until } = options
  if (artifactType !== undefined && referrer.artifactType !== artifactType) return false
  if (annotations && !matchesAnnotations(referrer.annotations, annotations)) return false
  if (!since && !until) return true
  const created = createdOf(referrer)
  if (created === undefined) return false
  return (!since || created >= since.getTime()) && (!until || created < until.getTime())
}

function checkOptions({
  depth = 1,
  maxReferrers = 1,
  ...options
}: DiscoverEverythingOptions): void {
  for (const [name, value] of Object.entries({ depth, maxReferrers })) {
    if (Number.isSafeInteger(value) && value >= 1) continue
    throw new InvalidInputError('INVALID_INPUT', name, 'a whole number of at least 1', value)
  }
  for (const name of ['since', 'until'] as const) {
    const date = options[name]
    if (date === undefined || (date instanceof Date && Number.isFinite(date.getTime()))) continue
    throw new InvalidInputError('INVALID_INPUT', name, 'a valid Date', date)
  }
  checkAnnotations(options.annotations, 'annotations')
}
