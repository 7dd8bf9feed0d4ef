/**
 * What a server tells of each request that it answered, for logs and metrics.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** One request, once its answer was sent or given up. Without headers and queries, where credentials are. */
export interface ServedRequest {
  /** Address that it came from; a proxy's, where one is between. */
  readonly address: string
  readonly method: string
  /** Path without its query. */
  readonly path: string
  /** 0 where the client went away, or the connection broke, before there was an answer. */
  readonly status: number
  /** Whether all of the answer was sent. */
  readonly complete: boolean
  /** From the request's headers to the end of its answer. */
  readonly milliseconds: number
  /** Bytes that the connection brought for it, with the headers. */
  readonly bytesIn: number
  /** Bytes that were sent for it, with the headers. */
  readonly bytesOut: number
  /** The request's header of a name in lower case, such as `user-agent`. */
  header(name: string): string | undefined
}

/** Bytes of a connection that belong to requests before. */
type Counted = WeakMap<Socket, { readonly read: number; readonly written: number }>

/** Makes what reports each exchange at its end. */
export function createServed(
  onServed: (served: ServedRequest) => void,
  onError: ((error: unknown) => void) | undefined,
): (incoming: IncomingMessage, answer: ServerResponse) => void {
  const counted: Counted = new WeakMap()
  return (incoming, answer) => {
    const begin = performance.now()
    const { socket, method = '', url = '' } = incoming
    const address = socket.remoteAddress ?? ''
    answer.once('close', () => {
      const before = counted.get(socket) ?? { read: 0, written: 0 }
      const now = { read: socket.bytesRead, written: socket.bytesWritten }
      counted.set(socket, now)
      const served: ServedRequest = {
        address,
        method,
        path: url.split('?', 1)[0]!,
        status: answer.headersSent ? answer.statusCode : 0,
        complete: answer.writableFinished,
        milliseconds: performance.now() - begin,
        bytesIn: now.read - before.read,
        bytesOut: now.written - before.written,
        header(name) {
          const value = incoming.headers[name]
          return Array.isArray(value) ? value.join(', ') : value
        },
      }
      try {
        onServed(served)
      } catch (error) {
        onError?.(error)
      }
    })
  }
}
