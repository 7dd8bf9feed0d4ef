/**
 * Turns for each client of a server.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import { type Checks, checkOptions, func, positiveInteger } from '../../platform/options.ts'
import { createSlots } from '../../platform/slots.ts'

/** Milliseconds to wait for a turn. */
const TURN = 30_000

/** Options of {@link limitClients}. */
export interface LimitClientsOptions {
  /**
   * Requests of one client that are answered at the same time, until all of the answer was sent.
   * @default 64
   */
  readonly concurrency?: number | undefined
  /**
   * Who a request is from: for example, by a header of the proxy before the server. Requests of nobody have no limit.
   * @default the address that `serve()` has
   */
  readonly clientOf?: ((request: Request) => string | undefined) | undefined
}

const checks: Checks<LimitClientsOptions> = { concurrency: positiveInteger, clientOf: func }

/** A request as `serve()` gives it. */
type ServedRequest = Request & {
  readonly ip?: string | undefined
  readonly runtime?: { readonly node?: { readonly res?: ServerResponse } }
}

/**
 * Gives each client its turns before a handler, so that one which sends much, or reads slowly, leaves something for
 * others. Who waits for 30 seconds, or behind 1000 others of the same client, gets a 429.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` naming the option
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { limitClients, serve } from 'ocilink/node'
 *
 * const { fetch } = embeddedRegistry()
 * const server = await serve({ fetch: limitClients(fetch, { concurrency: 8 }) })
 * await server.close()
 * ```
 */
export function limitClients(
  fetch: (request: Request) => Response | Promise<Response>,
  options: LimitClientsOptions = {},
): (request: Request) => Promise<Response> {
  checkOptions(options, checks)
  const { concurrency = 64, clientOf = (request: ServedRequest) => request.ip } = options
  const slots = createSlots(concurrency, TURN)
  return async (request: ServedRequest) => {
    const client = clientOf(request)
    if (client === undefined) return fetch(request)
    const end = await slots.take(client, request.signal)
    if (!end) return tooMany()
    const answer = request.runtime?.node?.res
    if (!answer) return Promise.resolve(fetch(request)).finally(end)
    if (answer.closed) end()
    else answer.once('close', end)
    return fetch(request)
  }
}

function tooMany(): Response {
  const errors = [{ code: 'TOOMANYREQUESTS', message: 'too many requests of this client at once' }]
  return Response.json({ errors }, { status: 429, headers: { 'Retry-After': '1' } })
}
