/**
 * A worker: one of several processes that serve the same on one port.
 *
 * @module
 */
import { once } from 'node:events'
import type { Starter } from '../lib/listen.ts'
import { report } from '../lib/task.ts'

/** What a worker is told when it is to stop. */
export const STOP = 'stop'

/** What a worker says. */
export interface Said {
  /** Where it listens. */
  readonly url: string
}

/**
 * Serves until the process that started this one says so, and ends. Signals are for that one: Ctrl-C and supervisors send
 * them to all of a group. When it is gone, Node ends its workers.
 *
 * @param serve - resolves when it has stopped
 */
export async function asWorker(
  serve: (starter: Starter) => Promise<void>,
  options: Parameters<typeof report>[1],
): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  try {
    await serve({
      toldToStop: () => once(process, 'message'),
      listening: (url) => void process.send!({ url } satisfies Said),
    })
  } catch (error) {
    report(error, options)
  }
  // Its channel would keep it running.
  process.exit()
}
