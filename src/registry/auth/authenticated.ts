/**
 * An exchange with authentication around it: adds credentials, and answers one 401 for each request. It
 * stands below ky, so that a retry never needs a second challenge.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'
import type { Exchange, WireRequest } from '../wire/exchange.ts'
import { redact } from '../wire/origins.ts'
import { createAuthentication } from './authentication.ts'
import type { AuthContext } from './context.ts'
import type { Scopes } from './scopes.ts'

/** Sends a request with whatever the registry wants for these scopes. */
export type AuthenticatedExchange = (request: WireRequest, scopes: Scopes) => Promise<Response>

/**
 * Wraps an exchange with authentication.
 *
 * @throws `AuthError` `AUTH_REQUIRED` when nothing was given and something is wanted,
 *   `AUTH_DENIED` when what was given is refused
 */
export function authenticated(exchange: Exchange, context: AuthContext): AuthenticatedExchange {
  const auth = createAuthentication(exchange, context)
  // Where credentials were given a challenge is likely: the others wait until the first request has
  // its answer, instead of being refused too.
  let answered: Promise<void> | undefined

  function send(wire: WireRequest, value: string | undefined): Promise<Response> {
    const headers = new Headers(wire.headers)
    if (value) headers.set('authorization', value)
    return exchange({ ...wire, headers })
  }

  async function attempt(
    wire: WireRequest,
    scopes: Scopes,
    onAnswer: () => void = () => {},
  ): Promise<Response> {
    const value = await untilAborted(auth.authorization(scopes), wire.signal)
    const first = await send(wire, value)
    if (first.status !== 401) return first

    const wanted = await untilAborted(auth.readChallenge(first, scopes), wire.signal)
    onAnswer()
    const next = await untilAborted(auth.authorization(wanted, value), wire.signal)
    if (next && next !== value && !(wire.body instanceof ReadableStream)) {
      const second = await send(wire, next)
      if (second.status !== 401) return second
    }
    throw await auth.refusal(`${wire.method} ${redact(wire.url)}`, wanted)
  }

  return async (wire, scopes) => {
    // Credentials never go to another origin: upload locations may lead to one.
    if (new URL(wire.url).origin !== context.origin.origin) return exchange(wire)
    if (context.credentials === undefined) return attempt(wire, scopes)
    if (answered) {
      await untilAborted(answered, wire.signal)
      return attempt(wire, scopes)
    }
    let onAnswer = () => {}
    answered = new Promise((resolve) => {
      onAnswer = resolve
    })
    try {
      return await attempt(wire, scopes, onAnswer)
    } finally {
      onAnswer()
    }
  }
}
