/**
 * An exchange with authentication around it: adds credentials, and answers one 401 for each request. It
 * stands below ky, so that a retry never needs a second challenge.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'
import type { Exchange, WireRequest } from '../wire/exchange.ts'
import type { Authentication } from './authentication.ts'
import type { Connection } from './connection.ts'
import type { AuthContext } from './context.ts'
import { createMayHave } from './may-have.ts'
import type { Scopes } from './scopes.ts'

/** Sends a request of a repository with whatever the registry wants for these scopes. */
export type AuthenticatedExchange = (
  request: WireRequest,
  scopes: Scopes,
  repository: string,
) => Promise<Response>

/**
 * Wraps an exchange with authentication.
 *
 * @throws `AuthError` `AUTH_REQUIRED` when nothing was given and something is wanted,
 *   `AUTH_DENIED` when what was given is refused
 */
export function authenticated(exchange: Exchange, context: AuthContext): AuthenticatedExchange {
  const mayHave = createMayHave(context)
  const connection: Connection = {
    exchange,
    context,
    mayHave,
    quietUntil: { said: 0, meant: 0 },
  }
  // Where there may be credentials a challenge is likely: the others wait until the first request has
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
    repository: string,
    onAnswer: () => void = () => {},
  ): Promise<Response> {
    wire.signal.throwIfAborted()
    const auth = connection.logins?.(repository)
    const value =
      auth && (await untilAborted(auth.authorization(scopes, undefined, wire.signal), wire.signal))
    const first = await send(wire, value)
    if (!mayWantLogin(first, value, auth)) {
      auth?.accept(value)
      return first
    }
    // Loaded with the first answer that a login may change.
    const { logIn } = await import('./log-in.ts')
    return logIn(connection, { wire, scopes, repository, value, send, onAnswer }, first)
  }

  /** Whether an answer may be how a registry asks for a login, or says that one has ended. */
  function mayWantLogin(
    { status }: Response,
    value: string | undefined,
    auth: Authentication | undefined,
  ): boolean {
    if (status === 401) return true
    if (value !== undefined) return [400, 403].includes(status) && auth!.isAccepted(value)
    return context.credentials !== undefined && !connection.base && [400, 403, 404].includes(status)
  }

  return async (wire, scopes, repository) => {
    // Credentials never go to another origin: upload locations may lead to one.
    if (new URL(wire.url).origin !== context.origin.origin) return exchange(wire)
    if (!(await mayHave(repository))) return attempt(wire, scopes, repository)
    if (answered) {
      await untilAborted(answered, wire.signal)
      return attempt(wire, scopes, repository)
    }
    let onAnswer = () => {}
    answered = new Promise((resolve) => {
      onAnswer = resolve
    })
    try {
      return await attempt(wire, scopes, repository, onAnswer)
    } finally {
      onAnswer()
    }
  }
}
