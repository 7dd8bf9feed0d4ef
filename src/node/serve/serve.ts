/**
 * Serves a registry, or anything else with a web `fetch`, on a TCP port of Node. Bodies stream both
 * ways; nothing is buffered here.
 *
 * @module
 */
import { once } from 'node:events'
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { BrokenConnection } from '../../embedded/faults.ts'
import { type Respond, respondBy } from '../../embedded/wire/answer.ts'
import {
  boolean,
  type Checks,
  checkOptions,
  func,
  listOf,
  milliseconds,
  positiveInteger,
  string,
  wholeNumber,
} from '../../platform/options.ts'
import { unwaited } from '../../platform/unwaited.ts'
import { errorAnswer } from './error-answer.ts'
import { createHostCheck } from './hosts.ts'
import { cutIdle, type Exchanges } from './idle.ts'
import { withPlainBody } from './request-body.ts'
import { dropRest } from './rest.ts'
import { pipedFile } from './send-file.ts'
import { createServed, type ServedRequest } from './served.ts'
import { createTurnEnd } from './turn-end.ts'

/** Options of {@link serve}. All may be left out. */
export interface ServeOptions {
  /**
   * TCP port; 0 for any that is free.
   *
   * @default 0
   */
  readonly port?: number | undefined
  /**
   * Address to listen on. The default keeps other machines out.
   *
   * @default '127.0.0.1'
   */
  readonly host?: string | undefined
  /**
   * Names by which the server may be addressed in `Host`, beside `localhost` and IP addresses; 421 for
   * others. It keeps out web pages whose name was made to lead to this address ("DNS rebinding").
   *
   * @default any
   */
  readonly allowedHosts?: readonly string[] | undefined
  /**
   * Milliseconds that a connection may stand still while the client has to send or to read. Headers
   * must be whole within that time too, or within 30 seconds if that is less.
   *
   * @default 60_000
   */
  readonly idleTimeout?: number | undefined
  /**
   * Milliseconds that {@link RunningServer.close} gives running requests before it cuts them.
   *
   * @default 5000
   */
  readonly closeTimeout?: number | undefined
  /**
   * Lets other processes of the same user listen on the port too, if they also say so: the system gives each connection to
   * one of them. On Linux, from Node 22.12 on; elsewhere the workers of `node:cluster` share a port, and nobody else.
   *
   * @default false
   */
  readonly reusePort?: boolean | undefined
  /** Called with what a handler threw; the client gets a 500. Not called for aborted requests. */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Called at the end of each request, also of those that were given up. What it throws goes to `onError`. */
  readonly onServed?: ((served: ServedRequest) => void) | undefined
}

/** A server that listens. */
export interface RunningServer {
  /** Address without a slash at the end, such as `http://127.0.0.1:5000`. */
  readonly url: string
  /** Host and port, as they stand in references: `127.0.0.1:5000`. */
  readonly host: string
  /** Stops listening, lets running requests finish, then cuts what is left. */
  close(): Promise<void>
}

const checks: Checks<ServeOptions> = {
  port: wholeNumber,
  host: string,
  allowedHosts: listOf(string),
  idleTimeout: [
    `${milliseconds[0]}, but not 0`,
    (value) => positiveInteger[1](value) && milliseconds[1](value),
  ],
  closeTimeout: milliseconds,
  reusePort: boolean,
  onError: func,
  onServed: func,
}

/** Milliseconds in which the headers of a request must be there, and how often that is looked at. */
const HEADERS = { timeout: 30_000, interval: 5000 }
/** Connections at once; beyond them a connection is closed at once. */
export const MOST_CONNECTIONS = 1000

/**
 * Starts to listen, and resolves when it does. At most 1000 connections are open at once; one on
 * which nothing moves is cut after `idleTimeout`. The rest of a body that was refused is read and
 * dropped, up to 32 MiB or 10 seconds of it.
 *
 * @param registry - answers the requests; their `signal` is aborted when the client goes away
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option; `TypeError` for what has no `fetch`; the system's own error where it
 *   cannot listen, such as `EADDRINUSE`
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { serve } from 'ocilink/node'
 *
 * const server = await serve(embeddedRegistry())
 * console.log(`docker push ${server.host}/team/app:v1`)
 * await server.close()
 * ```
 */
export async function serve(
  registry: { readonly fetch: (request: Request) => Response | Promise<Response> },
  options: ServeOptions = {},
): Promise<RunningServer> {
  if (typeof registry?.fetch !== 'function') {
    const expected = 'an object with a "fetch", such as embeddedRegistry()'
    const hint =
      typeof registry === 'function' ? ' a function: pass { fetch }' : ` ${typeof registry}`
    throw new TypeError(`"registry" must be ${expected}, got${hint}`)
  }
  checkOptions(options, checks)
  const { port = 0, host = '127.0.0.1', allowedHosts, idleTimeout = 60_000, reusePort } = options
  const onError = unwaited(options.onError)
  const onServed = unwaited(options.onServed)
  const served = onServed && createServed(onServed, onError)
  const refuseHost = createHostCheck(allowedHosts)
  const running = createRunning()
  const exchanges: Exchanges = new WeakMap()
  const endOfTurn = createTurnEnd()
  let closing: Promise<void> | undefined
  // Loaded here: who asks a registry serves nothing.
  const { FastResponse, serve: listen } = await import('srvx/node')
  const respond: Respond = ({ status, headers, body }) =>
    // srvx lets what has a "pipe" write itself; its types do not say so.
    new FastResponse((pipedFile(body, onError) as BodyInit | undefined) ?? body, {
      status,
      headers: [...headers],
    })
  const listener = listen({
    port,
    hostname: host,
    silent: true,
    gracefulShutdown: false,
    node: {
      exclusive: false,
      // Others fail for it.
      reusePort: reusePort && process.platform === 'linux',
      // A large blob over a slow line takes longer than Node's five minutes.
      requestTimeout: 0,
      // Clients keep connections for a minute and more; Node's five seconds would cut a request that one sends then.
      keepAliveTimeout: idleTimeout,
      headersTimeout: Math.min(HEADERS.timeout, idleTimeout),
      connectionsCheckingInterval: Math.min(HEADERS.interval, idleTimeout),
    },
    async fetch(request) {
      const incoming = request.runtime!.node!.req as IncomingMessage
      const answer = request.runtime!.node!.res as ServerResponse
      running.add(answer)
      served?.(incoming, answer)
      const body = withPlainBody(request, incoming)
      respondBy(request, respond)
      exchanges.set(incoming.socket, { incoming, answer, body })
      let response: Response
      try {
        response = refuseHost(request, incoming) ?? (await registry.fetch(request))
      } catch (error) {
        if (error instanceof BrokenConnection) answer.destroy()
        else if (!request.signal.aborted) onError?.(error)
        response = errorAnswer(500, 'UNKNOWN', 'the registry failed; its operator knows why')
      }
      await endOfTurn()
      dropRest(incoming, answer)
      // A connection that is kept alive brings no request more.
      if (closing) answer.shouldKeepAlive = false
      return response
    },
  })
  await listener.ready()
  const server = listener.node!.server as HttpServer
  // Workers of node:cluster would hand on to each other what is beyond, without end; Node's types do not know it yet.
  Object.assign(server, { maxConnections: MOST_CONNECTIONS, dropMaxConnection: true })
  cutIdle(server, idleTimeout, exchanges)
  const url = listener.url!.replace(/\/$/, '')
  return {
    url,
    host: url.slice('http://'.length),
    close() {
      closing ??= close(server, running.idle(), options.closeTimeout ?? 5000)
      return closing
    },
  }
}

async function close(server: HttpServer, idle: Promise<void>, timeout: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await Promise.race([idle, sleep(timeout, undefined, { ref: false })])
  // Answered connections too: kept alive, or with a client that never sends the rest of its body.
  server.closeAllConnections()
  await closed
}

/** The answers that are not finished. */
function createRunning(): { add(answer: ServerResponse): void; idle(): Promise<void> } {
  const answers = new Set<ServerResponse>()
  let onIdle: (() => void) | undefined
  return {
    add(answer) {
      answers.add(answer)
      answer.once('close', () => {
        answers.delete(answer)
        if (answers.size === 0) onIdle?.()
      })
    },
    idle: () =>
      new Promise((resolve) => {
        onIdle = resolve
        if (answers.size === 0) resolve()
      }),
  }
}
