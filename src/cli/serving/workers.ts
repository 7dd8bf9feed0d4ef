/**
 * Several processes that serve the same on one port. The system gives each connection to one of them: where
 * `node:cluster` hands them out, one that it has given to a worker that is killed stays open, and nobody answers.
 *
 * @module
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT } from '../lib/exit-codes.ts'
import type { Starter } from '../lib/listen.ts'
import { type Said, STOP } from './worker.ts'

/** Milliseconds from one start of a worker to the next one in its place, at least. */
const BETWEEN_STARTS = 1000

/** Starts, one after the other, that come to nothing: more end the program. */
const MOST_FAILURES = 5

/** How workers are run. */
export interface WorkersOptions {
  readonly count: number
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Whether SIGHUP is handed on to them. */
  readonly reopens: boolean
}

/**
 * Runs workers, each with the arguments of this process, and others in the place of those that end. Resolves when all
 * have ended: after they were told to stop, or where none listens and six starts in a row come to nothing; the first one alone ends
 * it where none has listened yet.
 *
 * @param starter - hears the address, which is the same for all, and says when to stop
 * @throws the system's error where the port is taken
 */
export async function runWorkers(
  { count, host, port, reopens }: WorkersOptions,
  starter: Starter,
): Promise<void> {
  const stopped = starter.toldToStop()
  const stopping = new AbortController()
  const running = new Set<Worker>()
  const listening = new Set<Worker>()
  const places: Promise<void>[] = []
  const args = [...process.argv.slice(2), '--port', String(await freePort(host, port))]
  cluster.setupPrimary({ args, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const reopen = () => {
    for (const worker of listening) worker.process.kill('SIGHUP')
  }
  if (reopens) process.on('SIGHUP', reopen)

  let announced = false
  let failures = 0
  function onListening(url: string): void {
    failures = 0
    if (announced) return
    announced = true
    starter.listening(url)
    // The others are not started before: the first one alone says what is wrong with the call.
    while (places.length < count) places.push(keep())
  }
  /** Runs one worker, and gives what its end was like. */
  async function runOne(): Promise<{ served: boolean; code: number; text: string }> {
    const worker = cluster.fork()
    running.add(worker)
    worker.on('message', ({ url }: Said) => {
      listening.add(worker)
      onListening(url)
    })
    // Whole lines, whichever of them writes first.
    createInterface(worker.process.stdout!).on('line', (line) => process.stdout.write(`${line}\n`))
    try {
      // When all that it wrote is here.
      const [code, signal] = await once(worker.process, 'close')
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`
      return end(code ?? EXIT.unknown, `worker ${worker.process.pid} ${how}`)
    } catch (error) {
      return end(EXIT.unknown, `a worker could not be started: ${(error as Error).message}`)
    }
    function end(code: number, text: string) {
      running.delete(worker)
      return { served: listening.delete(worker), code, text }
    }
  }
  /** Keeps a worker running until all are to stop. */
  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      const next = sleep(BETWEEN_STARTS, undefined, { signal: stopping.signal })
      next.catch(() => {})
      const { served, code, text } = await runOne()
      if (stopping.signal.aborted) return
      if (served) console.error(`${text}; another one takes its place`)
      else failures += 1
      if (running.size === 0 && failures > (announced ? MOST_FAILURES : 0)) {
        process.exitCode = code
        stopping.abort()
      }
      await next.catch(() => {})
    }
  }
  places.push(keep())
  void stopped.then(() => {
    stopping.abort()
    for (const worker of running) worker.send(STOP, () => {})
  })
  for (const place of places) await place
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
