/**
 * What a worker has counted.
 *
 * @module
 */
import type { Worker } from 'node:cluster'
import { on } from 'node:events'
import type { Numbers } from './metrics.ts'
import type { Said, Told } from './worker.ts'

/** Milliseconds in which a worker must say it. */
const LONGEST = 1000

/**
 * Asks a worker.
 *
 * @throws where it does not answer within a second: less than all of the workers' counts would be wrong ones
 */
export async function askWorker(worker: Worker): Promise<Numbers> {
  const told: Told = 'count'
  try {
    const answers = on(worker, 'message', { signal: AbortSignal.timeout(LONGEST) })
    worker.send(told, () => {})
    for await (const [said] of answers as AsyncIterable<[Said]>) {
      if ('numbers' in said) return said.numbers
    }
  } catch {}
  throw new Error(`worker ${worker.process.pid} does not say what it has counted`)
}
