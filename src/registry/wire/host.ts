/**
 * What repositories of one host share in a process: the limit on concurrent requests.
 *
 * @module
 */
import pLimit, { type LimitFunction } from 'p-limit'
import type { Fetch } from './exchange.ts'

/** Hosts that are remembered for each fetch; idle ones are forgotten first. */
export const MAX_HOSTS = 256

const hosts = /* @__PURE__ */ new WeakMap<Fetch, Map<string, LimitFunction>>()

/** The limiter of a host, as seen through one fetch; the latest `concurrency` counts. */
export function limiterOf(fetch: Fetch, origin: string, concurrency: number): LimitFunction {
  const limiters = hosts.get(fetch) ?? new Map<string, LimitFunction>()
  hosts.set(fetch, limiters)
  const limiter = limiters.get(origin) ?? pLimit(concurrency)
  limiter.concurrency = concurrency
  // Latest last: the oldest idle ones are forgotten.
  limiters.delete(origin)
  limiters.set(origin, limiter)
  for (const [old, { activeCount, pendingCount }] of limiters) {
    if (limiters.size <= MAX_HOSTS) break
    if (activeCount + pendingCount === 0) limiters.delete(old)
  }
  return limiter
}
