/**
 * Several processes that serve the same on one port. The system gives each connection to one of them: where
 * `node:cluster` hands them out, one that it has given to a worker that is killed stays open, and nobody answers.
 *
 * @module
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT } from '../lib/exit-codes.ts'
import { askWorker } from './ask-worker.ts'
import type { Numbers } from './metrics.ts'
import { type Said, type Told, WORKER } from './worker.ts'

/** Milliseconds from one start of a worker to the next one in its place, at least. */
const BETWEEN_STARTS = 1000

/** Starts, one after the other, that come to nothing: more end the program. */
const MOST_FAILURES = 5

/** How workers are run. */
export interface WorkersOptions {
  readonly count: number
  /** The port that they share. */
  readonly port: number
  /** Called when the first one listens. */
  readonly onListening: (url: string) => void
}

/** Workers, each of which runs with the arguments of this process. */
export interface Workers {
  /**
   * Runs them, and others in the place of those that end. Resolves when all have ended: after they were told to stop, or where
   * none listens and six starts in a row come to nothing; the first start alone is enough where none has listened yet.
   */
  run(): Promise<void>
  /** Tells them to end what they have begun, and then to stop. */
  stop(): void
  /** Has those that listen open their logs again. */
  reopen(): void
  /** What each of those that listen has counted. */
  count(): Promise<Numbers[]>
}

/** How one has ended. */
interface End {
  /** Whether it had listened. */
  readonly served: boolean
  readonly code: number
  readonly text: string
}

/** Starts nothing yet. */
export function createWorkers({ count, port, onListening }: WorkersOptions): Workers {
  const stopping = new AbortController()
  const running = new Set<Worker>()
  const listening = new Set<Worker>()
  const places: Promise<void>[] = []
  let failures = 0
  let hasListened = false

  function heard(worker: Worker, said: Said): void {
    if (!('url' in said)) return
    listening.add(worker)
    failures = 0
    if (hasListened) return
    hasListened = true
    onListening(said.url)
    // The others are not started before: the first one alone says what is wrong with the call.
    while (places.length < count) places.push(keep(places.length + 1))
  }
  async function runOne(number: number): Promise<End> {
    const worker = cluster.fork({ [WORKER]: String(number) })
    running.add(worker)
    worker.on('message', (said: Said) => heard(worker, said))
    // Whole lines, whichever of them writes first.
    createInterface(worker.process.stdout!).on('line', (line) => process.stdout.write(`${line}\n`))
    const end = await endOf(worker)
    running.delete(worker)
    return { ...end, served: listening.delete(worker) }
  }
  /** Keeps a worker running until all are to stop. */
  async function keep(number: number): Promise<void> {
    while (!stopping.signal.aborted) {
      const next = sleep(BETWEEN_STARTS, undefined, { signal: stopping.signal })
      next.catch(() => {})
      const { served, code, text } = await runOne(number)
      if (stopping.signal.aborted) return
      if (served) console.error(`${text}; another one takes its place`)
      else failures += 1
      if (running.size === 0 && failures > (hasListened ? MOST_FAILURES : 0)) {
        process.exitCode = code
        stopping.abort()
      }
      await next.catch(() => {})
    }
  }
  return {
    async run() {
      const args = [...process.argv.slice(2), '--port', String(port)]
      cluster.setupPrimary({ args, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
      places.push(keep(1))
      for (const place of places) await place
    },
    stop() {
      stopping.abort()
      const told: Told = 'stop'
      for (const worker of running) worker.send(told, () => {})
    },
    reopen() {
      for (const worker of listening) worker.process.kill('SIGHUP')
    },
    count: () => Promise.all([...listening].map(askWorker)),
  }
}

async function endOf({ process: { pid }, process: child }: Worker): Promise<Omit<End, 'served'>> {
  try {
    // When all that it wrote is here.
    const [code, signal] = await once(child, 'close')
    const text = `worker ${pid} ${signal ? `was ended by ${signal}` : `ended with ${code}`}`
    return { code: code ?? EXIT.unknown, text }
  } catch (error) {
    return { code: EXIT.unknown, text: `no worker could be started: ${(error as Error).message}` }
  }
}
