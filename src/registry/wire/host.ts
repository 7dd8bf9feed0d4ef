/**
 * What repositories of one host share in a process: the limit on concurrent requests, and what a page cannot ask for.
 *
 * @module
 */
import pLimit, { type LimitFunction } from 'p-limit'
import type { Capabilities } from '../capabilities.ts'
import type { Fetch } from './exchange.ts'

/**
 * Paths that a page could not ask for, by the capability that they show: what came of it, and until when they are not
 * asked for again, in milliseconds since 1970.
 */
export type HiddenPaths = Map<keyof Capabilities, { readonly error: Error; readonly until: number }>

/** What is shared. */
export interface Host {
  readonly limit: LimitFunction
  readonly hidden: HiddenPaths
}

/** Hosts that are remembered for each fetch; idle ones are forgotten first. */
export const MAX_HOSTS = 256

const known = /* @__PURE__ */ new WeakMap<Fetch, Map<string, Host>>()

/** A host, as seen through one fetch; the latest `concurrency` counts. */
export function hostOf(fetch: Fetch, origin: string, concurrency: number): Host {
  const hosts = known.get(fetch) ?? new Map<string, Host>()
  known.set(fetch, hosts)
  const host = hosts.get(origin) ?? { limit: pLimit(concurrency), hidden: new Map() }
  host.limit.concurrency = concurrency
  // Latest last: the oldest idle ones are forgotten.
  hosts.delete(origin)
  hosts.set(origin, host)
  for (const [old, { limit }] of hosts) {
    if (hosts.size <= MAX_HOSTS) break
    if (limit.activeCount + limit.pendingCount === 0) hosts.delete(old)
  }
  return host
}
