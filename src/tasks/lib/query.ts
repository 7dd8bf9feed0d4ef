/**
 * What referrers() and hasReferrer() look for, checked before any request.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
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
import { ociSubject } from '../../strategies/oci-subject/strategy.ts'
import type { FindOptions, Strategy } from '../../strategies/strategy.ts'
import { checkFilters, checkGiven, type Filters, filterChecks } from './filters.ts'
import { type Scope, scopes } from './scope-name.ts'
import { chosenStrategies, type StrategyChoice, strategyChecks } from './strategy-choice.ts'

/** Options of both. */
export type QueryOptions = Filters &
  StrategyChoice & {
    /**
     * Whose referrers: of the subject itself, of the platform manifests in its index, or of all of these. What an
     * index says about its platforms, as BuildKit's do, counts for these.
     * @default 'index'
     */
    readonly scope?: Scope
    /** Of an index, the platform whose referrers are meant, such as `linux/arm64`. In place of `scope`. */
    readonly platform?: string
    /**
     * Read every referrer's manifest, and leave out those that are gone or point elsewhere. One request
     * more per referrer.
     * @default false
     */
    readonly verify?: boolean | undefined
    /**
     * Look also where it costs a request more: into the subject's own manifest, where that is an index
     * that may list what refers to its platforms.
     * @default false
     */
    readonly everywhere?: boolean | undefined
    /**
     * More pages than this are an error.
     * @default 1000
     */
    readonly maxPages?: number | undefined
    readonly signal?: AbortSignal | undefined
  }

/** What to look for, and how. */
export interface Query {
  readonly target: string | Descriptor
  readonly strategies: readonly Strategy[]
  readonly options: FindOptions
  /** Whose referrers, where it is not the subject's own alone. */
  readonly reach?: Reach | undefined
}

/** One platform of the subject, or several. */
export type Reach = { readonly platform: string } | { readonly scope: Scope }

// The whole check is in platform-name.ts, which few calls need.
const platformShape: Check = [
  'a platform such as "linux/arm64" or "linux/arm/v7"',
  (value) => typeof value === 'string' && /^[\w.-]+(\/[\w.-]+){1,2}$/.test(value),
]

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<QueryOptions> => ({
  ...filterChecks,
  ...strategyChecks(),
  scope: oneOf(...scopes),
  platform: platformShape,
  verify: boolean,
  everywhere: boolean,
  maxPages: positiveInteger,
  signal: abortSignal,
})

/** Checks the arguments of a call; with the default strategy where its options name none. */
export function parseQuery(repo: Repository, subject: Subject, options: QueryOptions): Query {
  internalsOf(repo)
  checkOptions(options, checks())
  checkFilters(options)
  checkGiven(options, ['scope', 'platform'])
  const { strategy: _, strategies: __, scope = 'index', platform, ...rest } = options
  if (platform !== undefined && options.scope !== undefined) {
    const expected = 'left out where "platform" is given'
    throw new InvalidInputError('INVALID_INPUT', 'scope', expected, scope)
  }
  return {
    target: parseSubject(repo, subject),
    strategies: chosenStrategies(options) ?? [ociSubject()],
    options: rest,
    reach: platform !== undefined ? { platform } : scope === 'index' ? undefined : { scope },
  }
}
