/**
 * Which artifacts to read, checked before any request.
 *
 * @module
 */
import {
  abortSignal,
  boolean,
  type Checks,
  checkOptions,
  positiveInteger,
} from '../../platform/options.ts'
import { checkFilters, checkGiven, type Filters, filterChecks, oneOrMore } from '../lib/filters.ts'
import { platformCheck } from '../lib/platform-name.ts'
import {
  checkVerbs,
  chosenStrategies,
  type StrategyChoice,
  strategyChecks,
} from '../lib/strategy-choice.ts'
import type { ReadBlobOptions } from './readable-blob.ts'

/** Which artifacts are meant, and how they are read. */
export type ReadOptions = Filters &
  StrategyChoice & {
    /**
     * Only what holds an in-toto statement of this type, such as `https://slsa.dev/provenance/v1`, or of one of
     * these; and of it only the blobs that do. What is announced as another type is not fetched; what is fetched
     * is checked again.
     */
    readonly predicateType?: string | readonly string[]
    /** Of an index, the platform whose artifacts are meant: `linux/arm64`, or `linux/arm/v7`. */
    readonly platform?: string
    /**
     * Most bytes that a blob is read whole with; `stream()` has no limit.
     * @default 64 MiB
     */
    readonly limit?: number | undefined
    /**
     * Read every referrer's manifest, and leave out those that point elsewhere.
     * @default false
     */
    readonly verify?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }

const checks = (): Checks<ReadOptions> => ({
  ...filterChecks,
  ...strategyChecks(),
  predicateType: oneOrMore('a predicate type such as "https://slsa.dev/provenance/v1"'),
  platform: platformCheck,
  limit: positiveInteger,
  verify: boolean,
  signal: abortSignal,
})

/** @throws {@link InvalidInputError} naming the option; a filter that is `undefined` is one of them */
export function checkReadOptions<T extends ReadOptions>(
  options: T,
  more: Partial<Checks<object>> = {},
): void {
  checkOptions<object>(options, { ...checks(), ...more })
  checkVerbs(chosenStrategies(options) ?? [], ['discover', 'read'])
  checkFilters(options)
  checkGiven<ReadOptions>(options, ['predicateType', 'platform'])
}

/** What was looked for, in words. */
export function describeWanted(options: ReadOptions): string {
  const { artifactType, predicateType, annotations, platform } = options
  const list = (value: string | readonly string[]) => [value].flat().join(' or ')
  return [
    artifactType !== undefined && `of type ${list(artifactType)}`,
    predicateType !== undefined && `with a statement of type ${list(predicateType)}`,
    annotations && Object.keys(annotations).length > 0 && `with ${JSON.stringify(annotations)}`,
    platform !== undefined && `for ${platform}`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** Largest blob that is read whole, where the caller sets no limit. */
const LIMIT = 64 * 1024 * 1024

/** How blobs are read. */
export function blobOptions({ limit = LIMIT, signal }: ReadOptions): ReadBlobOptions {
  return { limit, signal }
}

/** The predicate types that are wanted; `undefined` for any. */
export function wantedPredicates({ predicateType }: ReadOptions): readonly string[] | undefined {
  return predicateType === undefined ? undefined : [predicateType].flat()
}
