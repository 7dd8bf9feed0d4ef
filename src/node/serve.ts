/**
 * Serves a registry, or anything else with a web `fetch`, on a TCP port of Node. Bodies stream both
 * ways; nothing is buffered here.
 *
 * @module
 */
import { once } from 'node:events'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve as listen } from 'srvx/node'
import { BrokenConnection } from '../embedded/faults.ts'

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
   * Milliseconds that {@link RunningServer.close} gives running requests before it cuts them.
   *
   * @default 5000
   */
  readonly closeTimeout?: number | undefined
  /** Told what a handler threw; the client gets a 500. Aborted requests are not told. */
  readonly onError?: ((error: unknown) => void) | undefined
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

/**
 * Starts to listen, and resolves when it does.
 *
 * @param registry - answers the requests; their `signal` is aborted when the client goes away
 * @throws the system's own error where it cannot listen, such as `EADDRINUSE`
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
  const { port = 0, host = '127.0.0.1', closeTimeout = 5000, onError } = options
  const running = new Set<unknown>()
  let onIdle: (() => void) | undefined
  const listener = listen({
    port,
    hostname: host,
    silent: true,
    gracefulShutdown: false,
    // A large blob over a slow line takes longer than Node's five minutes.
    node: { requestTimeout: 0 },
    async fetch(request) {
      const answer = request.runtime!.node!.res!
      running.add(answer)
      answer.once('close', () => {
        running.delete(answer)
        if (running.size === 0) onIdle?.()
      })
      withPlainBody(request, request.runtime!.node!.req as IncomingMessage)
      try {
        return await registry.fetch(request)
      } catch (error) {
        if (error instanceof BrokenConnection) answer.destroy()
        else if (!request.signal.aborted) onError?.(error)
        return failed()
      }
    },
  })
  await listener.ready()
  const server = listener.node!.server as HttpServer
  const url = listener.url!.replace(/\/$/, '')

  async function close(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    const idle = new Promise<void>((resolve) => {
      onIdle = resolve
      if (running.size === 0) resolve()
    })
    await Promise.race([idle, sleep(closeTimeout, undefined, { ref: false })])
    // Answered connections too: kept alive, or with a client that never sends the rest of its body.
    server.closeAllConnections()
    await closed
  }
  let closing: Promise<void> | undefined
  return {
    url,
    host: url.slice('http://'.length),
    close() {
      closing ??= close()
      return closing
    },
  }
}

function failed(): Response {
  return Response.json(
    { errors: [{ code: 'UNKNOWN', message: 'the registry failed; its operator knows why' }] },
    { status: 500 },
  )
}

/**
 * Gives a request a body that hands on Node's own chunks. The one it has copies each of them, a fifth
 * of what a push of 1 GiB to a directory costs (measured on Node 24).
 */
function withPlainBody(request: Request, incoming: IncomingMessage): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  let stream: ReadableStream<Uint8Array> | undefined
  Object.defineProperty(request, 'body', {
    get() {
      stream ??= streamOf(incoming)
      return stream
    },
  })
}

function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
