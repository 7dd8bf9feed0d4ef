/**
 * What repositories of one host share in a process: the limit on concurrent requests.
 *
 * @module
 */
import pLimit, { type LimitFunction } from 'p-limit'
import type { Fetch } from './exchange.ts'

const hosts = /* @__PURE__ */ new WeakMap<Fetch, Map<string, LimitFunction>>()

/** The limiter of a host, as seen through one fetch; the latest `concurrency` counts. */
export function limiterOf(fetch: Fetch, origin: string, concurrency: number): LimitFunction {
  const limiters = hosts.get(fetch) ?? new Map<string, LimitFunction>()
  hosts.set(fetch, limiters)
  const limiter = limiters.get(origin) ?? pLimit(concurrency)
  limiters.set(origin, limiter)
  limiter.concurrency = concurrency
  return limiter
}
