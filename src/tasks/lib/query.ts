/**
 * What referrers() and hasReferrer() look for, checked before any request.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import {
  abortSignal,
  boolean,
  type Checks,
  checkOptions,
  positiveInteger,
} from '../../platform/options.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import { ociSubject } from '../../strategies/oci-subject/strategy.ts'
import type { FindOptions, Strategy } from '../../strategies/strategy.ts'
import { checkFilters, type Filters, filterChecks } from './filters.ts'
import { chosenStrategies, type StrategyChoice, strategyChecks } from './strategy-choice.ts'

/** Options of both. */
export type QueryOptions = Filters &
  StrategyChoice & {
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
}

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<QueryOptions> => ({
  ...filterChecks,
  ...strategyChecks(),
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
  const { strategy: _, strategies: __, ...rest } = options
  return {
    target: parseSubject(repo, subject),
    strategies: chosenStrategies(options) ?? [ociSubject()],
    options: rest,
  }
}
