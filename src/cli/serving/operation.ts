/**
 * What a registry needs to be run for others: health, metrics, a log of requests, limits by client, and an end that no
 * client sees.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fetch } from '../../index.ts'
import type { ServedRequest } from '../../node/index.ts'
import { createHealth, withHealth } from './health.ts'
import type { Numbers } from './metrics.ts'
import type { Place } from './metrics-port.ts'

/** Options of the program that say how a registry is run. */
export interface OperationOptions {
  readonly accessLog?: string
  readonly metricsPort?: number
  readonly concurrency?: number
  readonly rate?: number
  readonly clientHeader?: string
  readonly drain?: number
}

/** A registry with all that. */
export interface Operation {
  readonly fetch: Fetch
  readonly onServed: ((served: ServedRequest) => void) | undefined
  /** It is about to stop: balancers are told, and given time to hear it. */
  drain(): Promise<void>
  /** Call this when nothing is served any more. */
  close(): Promise<void>
}

/** Who shows what a worker has counted. */
export interface Shower {
  /** Which one of the workers this is. */
  readonly worker: string
  takeNumbers(numbers: () => Promise<Numbers>): void
}

/**
 * @param registry - answers requests for content
 * @param check - rejects where the content cannot be reached
 * @param shower - shows the metrics, in place of a port of its own
 */
export async function operate(
  registry: Fetch,
  check: (signal: AbortSignal) => Promise<void>,
  options: OperationOptions,
  place: Place,
  shower?: Shower,
): Promise<Operation> {
  const { accessLog, metricsPort, clientHeader: header, drain = 0 } = options
  const health = createHealth(check, (problem) => console.error(problem))
  const listeners: ((served: ServedRequest) => void)[] = []
  const closing: (() => Promise<void>)[] = []

  let fetch = await withLimits(registry, options)
  if (accessLog !== undefined) {
    const { openAccessLog } = await import('./access-log.ts')
    const clientOf = (served: ServedRequest) =>
      (header === undefined ? undefined : served.header(header)) ?? served.address
    const log = await openAccessLog(accessLog, clientOf)
    listeners.push(log.onServed)
    closing.push(log.close)
  }
  if (metricsPort !== undefined) {
    const { createMetrics } = await import('./metrics.ts')
    const metrics = createMetrics(shower?.worker)
    listeners.push(metrics.onServed)
    fetch = metrics.during(fetch)
    if (shower) shower.takeNumbers(metrics.numbers)
    else {
      const { listenForMetrics } = await import('./metrics-port.ts')
      closing.push((await listenForMetrics(metrics.text, health, metricsPort, place)).close)
    }
  }
  return {
    fetch: withHealth(health, fetch),
    // Each request costs something to be told of.
    onServed:
      listeners.length === 0
        ? undefined
        : (served) => {
            for (const listener of listeners) listener(served)
          },
    async drain() {
      health.stop()
      await sleep(drain * 1000)
    },
    async close() {
      for (const close of closing) await close()
    },
  }
}

async function withLimits(
  fetch: Fetch,
  { concurrency, rate, clientHeader: header }: OperationOptions,
): Promise<Fetch> {
  const clientOf = (request: Request & { readonly ip?: string | undefined }) =>
    (header === undefined ? undefined : request.headers.get(header)) ?? request.ip ?? ''
  let limited = fetch
  if (concurrency !== undefined) {
    const { limitClients } = await import('../../node/index.ts')
    limited = limitClients(limited, { concurrency, clientOf })
  }
  if (rate === undefined) return limited
  const { withRate } = await import('./rate.ts')
  return withRate(limited, rate, clientOf)
}
