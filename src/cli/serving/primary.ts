/**
 * The process that starts workers, and serves nothing itself but their metrics.
 *
 * @module
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Starter } from '../lib/listen.ts'
import { createHealth } from './health.ts'
import type { Place } from './metrics-port.ts'
import type { OperationOptions } from './operation.ts'
import { createWorkers } from './workers.ts'

/** What is started. */
export interface PrimaryOptions extends Place {
  /** Workers. */
  readonly count: number
  readonly port?: number | undefined
  /** Rejects where the content cannot be reached. */
  readonly check: (signal: AbortSignal) => Promise<void>
}

/**
 * Runs workers until they are told to stop.
 *
 * @param starter - hears the address, which is the same for all, and says when to stop
 * @throws the system's error where a port is taken
 */
export async function asPrimary(
  { count, port, check, ...place }: PrimaryOptions,
  { accessLog, metricsPort }: OperationOptions,
  starter: Starter,
): Promise<void> {
  const stopped = starter.toldToStop()
  const shared = await freePort(place.host, port)
  const workers = createWorkers({ count, port: shared, onListening: starter.listening })
  const health = createHealth(check, (problem) => console.error(problem))
  void stopped.then(() => {
    health.stop()
    workers.stop()
  })
  if (accessLog !== undefined && accessLog !== '-') process.on('SIGHUP', workers.reopen)
  const close = await showMetrics()
  try {
    await workers.run()
  } finally {
    await close()
  }

  async function showMetrics(): Promise<() => Promise<void>> {
    if (metricsPort === undefined) return async () => {}
    const { textOfAll } = await import('./metrics.ts')
    const { listenForMetrics } = await import('./metrics-port.ts')
    const text = async () => textOfAll(await workers.count())
    return (await listenForMetrics(text, health, metricsPort, place)).close
  }
}

/** A port that nobody listens on: workers that share one would not be told. */
async function freePort(host: string = '127.0.0.1', port: number = 0): Promise<number> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  const found = (server.address() as AddressInfo).port
  server.close()
  await once(server, 'close')
  return found
}
