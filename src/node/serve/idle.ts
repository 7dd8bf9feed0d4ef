/**
 * Cuts connections on which nothing moves though it is the client's turn: to send the rest of a body,
 * or to read an answer. What the server itself takes long for is not cut.
 *
 * @module
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { PlainBody } from './request-body.ts'

/** A request and its answer. */
export interface Exchange {
  readonly incoming: IncomingMessage
  readonly answer: ServerResponse
  readonly body: PlainBody
}

/** The last exchange of each connection. */
export type Exchanges = WeakMap<Socket, Exchange>

/**
 * Watches the connections of a server.
 *
 * @param timeout - milliseconds
 */
export function cutIdle(server: HttpServer, timeout: number, exchanges: Exchanges): void {
  server.setTimeout(timeout, (socket) => {
    const exchange = exchanges.get(socket)
    // Node emits this once; set again, it emits it again.
    if (exchange && isOurTurn(exchange)) socket.setTimeout(timeout)
    else socket.destroy()
  })
}

function isOurTurn({ incoming, answer, body }: Exchange): boolean {
  if (answer.writableFinished) return false
  const waitsForReader = answer.writableLength > 0
  const waitsForBody = !incoming.complete && body.isWaiting()
  return !waitsForReader && !waitsForBody
}
