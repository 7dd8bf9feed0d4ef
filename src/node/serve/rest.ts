/**
 * The rest of a body that a request was answered without. A client that is still sending does not see
 * the answer if its connection is cut, so the rest is read and dropped, within bounds.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Bytes of a body after which the connection may go on with the next request. */
const KEPT = 1024 * 1024
/** Bytes that are dropped before a connection is cut. */
const MOST_BYTES = 32 * 1024 * 1024
/** Milliseconds in which they must come. */
const MOST_TIME = 10_000

/** Drops what is still to come of a request that is being answered. */
export function dropRest(incoming: IncomingMessage, answer: ServerResponse): void {
  if (incoming.complete || incoming.destroyed) return
  const length = incoming.headers['content-length']
  if (length === undefined || Number(length) > KEPT) {
    // Node says so in the answer, and ends the connection with it.
    answer.shouldKeepAlive = false
    lingerAfterAnswer(incoming, incoming.socket)
  }
  incoming.on('error', () => undefined)
  // Flows also where a reader is only just letting go of the body.
  incoming.on('data', () => undefined)
  incoming.resume()
}

/** Ends the answer, and goes on reading until the client has closed or the bounds are reached. */
function lingerAfterAnswer(incoming: IncomingMessage, socket: Socket): void {
  let bytes = 0
  incoming.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) socket.destroy()
  })
  const timer = setTimeout(() => socket.destroy(), MOST_TIME)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  // What Node calls after the last answer of a connection; its own cuts the connection.
  socket.destroySoon = () => {
    socket.end()
    if (incoming.complete) socket.destroy()
    else incoming.once('close', () => socket.destroy())
  }
}
