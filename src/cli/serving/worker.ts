/**
 * A worker: one of several processes that serve the same on one port.
 *
 * @module
 */
import type { Starter } from '../lib/listen.ts'
import { report } from '../lib/task.ts'
import type { Numbers } from './metrics.ts'
import type { Shower } from './operation.ts'

/** What a worker is told: to stop, or to say what it has counted. */
export type Told = 'stop' | 'count'

/** What a worker says: where it listens, or what it has counted. */
export type Said = { readonly url: string } | { readonly numbers: Numbers }

/** The environment variable with the number of a worker. */
export const WORKER = 'OCILINK_WORKER'

/**
 * Serves until the process that started this one says so, and ends. Signals are for that one: Ctrl-C and supervisors send
 * them to all of a group. When it is gone, Node ends its workers.
 *
 * @param serve - resolves when it has stopped
 */
export async function asWorker(
  serve: (starter: Starter, shower: Shower) => Promise<void>,
  options: Parameters<typeof report>[1],
): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const say = (said: Said) => void process.send!(said)
  let count: (() => Promise<Numbers>) | undefined
  const stopped = new Promise<void>((resolve) => {
    process.on('message', async (told: Told) => {
      if (told === 'stop') resolve()
      else say({ numbers: (await count?.()) ?? [] })
    })
  })
  const starter: Starter = { toldToStop: () => stopped, listening: (url) => say({ url }) }
  const shower: Shower = {
    worker: process.env[WORKER] ?? '',
    takeNumbers(numbers) {
      count = numbers
    },
  }
  try {
    await serve(starter, shower)
  } catch (error) {
    report(error, options)
  }
  // Its channel would keep it running.
  process.exit()
}
