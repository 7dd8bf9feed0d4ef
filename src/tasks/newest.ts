/**
 * newest(): the latest of some referrers, by what their annotations say.
 *
 * @module
 */
import { type Checks, checkOptions } from '../platform/options.ts'
import type { Referrer } from '../strategies/strategy.ts'
import { createdOf } from './lib/created.ts'
import { checkGiven, type Filters, filterChecks } from './lib/filters.ts'

/** Options of {@link newest}. */
export interface NewestOptions extends Pick<Filters, 'artifactType'> {}

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<NewestOptions> => ({ artifactType: filterChecks.artifactType })

/**
 * The newest of some referrers: by `org.opencontainers.image.created`, or the spellings that older
 * artifacts use. Those without a date come after all others; of several that are as new it is the first.
 *
 * Requests: none of its own; a listing makes its own. Where a registry lists referrers without annotations,
 * list them with `annotations: {}` to have dates, and with an `artifactType` where it lists them without
 * their own type.
 *
 * @param referrers - an array, what `discover()` found, or a listing such as `referrers()` gives
 * @returns `undefined` when there is none; a promise for a listing
 * @throws `InvalidInputError` naming the option; `TypeError` for what is no list
 * @example
 * ```ts
 * import { newest, referrers, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const sboms = referrers(app, 'v1', { artifactType: 'application/spdx+json', annotations: {} })
 * console.log((await newest(sboms))?.digest)
 * ```
 */
export function newest<T extends Referrer>(
  referrers: Iterable<T>,
  options?: NewestOptions,
): T | undefined
export function newest<T extends Referrer>(
  referrers: AsyncIterable<T>,
  options?: NewestOptions,
): Promise<T | undefined>
export function newest<T extends Referrer>(
  referrers: Iterable<T> | AsyncIterable<T>,
  options: NewestOptions = {},
): T | undefined | Promise<T | undefined> {
  checkOptions(options, checks())
  checkGiven(options, ['artifactType'])
  checkReferrers(referrers)
  if (Symbol.asyncIterator in referrers) return newestOfListing(referrers, options)
  let latest: T | undefined
  for (const referrer of referrers) latest = newer(latest, referrer, options)
  return latest
}

function checkReferrers(referrers: unknown): void {
  const list = Object(referrers) as object
  const isList = Symbol.iterator in list || Symbol.asyncIterator in list
  if (isList && typeof referrers === 'object') return
  const hint = 'referrers' in list ? ': of what discover() found pass its "referrers"' : ''
  throw new TypeError(`"referrers" must be a list of referrers, got ${typeof referrers}${hint}`)
}

async function newestOfListing<T extends Referrer>(
  referrers: AsyncIterable<T>,
  options: NewestOptions,
): Promise<T | undefined> {
  let latest: T | undefined
  for await (const referrer of referrers) latest = newer(latest, referrer, options)
  return latest
}

function newer<T extends Referrer>(
  latest: T | undefined,
  next: T,
  { artifactType }: NewestOptions,
): T | undefined {
  if (!isOfType(next, artifactType)) return latest
  if (!latest) return next
  const undated = Number.NEGATIVE_INFINITY
  return (createdOf(next) ?? undated) > (createdOf(latest) ?? undated) ? next : latest
}

function isOfType({ artifactType = '' }: Referrer, wanted: NewestOptions['artifactType']): boolean {
  return wanted === undefined || [wanted].flat().includes(artifactType)
}
