/**
 * A server that runs until the program is signalled to stop.
 *
 * @module
 */
import { once } from 'node:events'
import type { Fetch } from '../../index.ts'
import type { ServeOptions } from '../../node/index.ts'
import { EXIT } from './exit-codes.ts'
import type { GlobalOptions } from './global-options.ts'

/** How long running requests may take once the program was signalled to stop, in milliseconds. */
const closeTimeout = 30_000

/** How a server speaks. */
export type SpeakingOptions = Pick<GlobalOptions, 'json' | 'debug'>

/** A server, and what is done around it. */
export interface Listening {
  readonly fetch: Fetch
  readonly onServed?: ServeOptions['onServed']
  /** Called before it stops to listen, and waited for. */
  drain?(): Promise<void>
}

/** Who has started a server. */
export interface Starter {
  /** Resolves once it is to stop. Called before it listens. */
  toldToStop(): Promise<unknown>
  /** Hears its address, once. */
  listening(url: string): void
}

/** Prints the address. SIGTERM and SIGINT stop the server; a second one ends the program at once. */
export function commandLine({ json }: Pick<SpeakingOptions, 'json'>): Starter {
  const signals = ['SIGTERM', 'SIGINT']
  return {
    async toldToStop() {
      await Promise.race(signals.map((signal) => once(process, signal)))
      for (const signal of signals) process.once(signal, () => process.exit(EXIT.interrupted))
    },
    listening(url) {
      process.stdout.write(json ? `${JSON.stringify({ url }, undefined, 2)}\n` : `${url}\n`)
    },
  }
}

/**
 * Serves until it is told to stop.
 *
 * @param starter - told the address
 * @param path - what comes after the address
 */
export async function listenUntilStopped(
  { fetch, onServed, drain }: Listening,
  options: Pick<ServeOptions, 'host' | 'port' | 'allowedHosts' | 'reusePort'>,
  { debug }: SpeakingOptions,
  starter: Starter,
  path: string = '',
): Promise<void> {
  const onError = (error: unknown) => console.error(error)
  const { serve } = await import('../../node/index.ts')
  const handler = { fetch: debug ? shown(fetch) : fetch }
  const server = await serve(handler, { ...options, closeTimeout, onError, onServed })
  // Before the address is there: who reads it may stop the program at once.
  const stopped = starter.toldToStop()
  starter.listening(`${server.url}${path}`)
  await stopped
  await drain?.()
  await server.close()
}

/** Says each request and how it was answered; what stands behind `?` may be a secret. */
function shown(fetch: Fetch): Fetch {
  return async (request) => {
    const began = performance.now()
    const { origin, pathname } = new URL(request.url)
    const say = (status: number | string) => {
      const took = Math.round(performance.now() - began)
      process.stderr.write(`${request.method} ${origin}${pathname} ${status} ${took} ms\n`)
    }
    try {
      const answer = await fetch(request)
      say(answer.status)
      return answer
    } catch (error) {
      say('no answer')
      throw error
    }
  }
}
