/**
 * Logs in where a registry wants that: one answer to a 401. Loaded with the first answer that a login may change.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'
import { createRecentMap } from '../../platform/recent-map.ts'
import { redact } from '../wire/origins.ts'
import {
  type Authentication,
  createAuthentication,
  type SharedChallenge,
} from './authentication.ts'
import type { Connection, Refused } from './connection.ts'
import { askElse, tryFresh } from './second-chance.ts'

/** Repositories of one registry whose logins are kept apart; the oldest are forgotten first. */
const MAX_REPOSITORIES = 100

/**
 * Sends a request again with a login, or a new one.
 *
 * @param first - how it was refused: with 401, or perhaps with 400, 403 or 404, which are given back where no login
 *   changes them
 */
export async function logIn(
  connection: Connection,
  call: Refused,
  first: Response,
): Promise<Response> {
  const { wire, scopes, value, send, onAnswer } = call
  connection.logins ??= createLogins(connection)
  const auth = connection.logins(call.repository)
  const repeats = !(wire.body instanceof ReadableStream)
  if (first.status !== 401) return repeats ? askElse(connection, call, auth, first) : first

  const wanted = await untilAborted(auth.readChallenge(first, scopes), wire.signal)
  onAnswer()
  const next = await untilAborted(auth.authorization(wanted, value, wire.signal), wire.signal)
  if (next && next !== value && repeats) {
    const second = await send(wire, next)
    if (second.status !== 401) {
      auth.accept(next)
      return second
    }
    const refused = { ...call, scopes: wanted, value: next }
    const third = await tryFresh(refused, auth, second)
    if (third) return third
  }
  // Nothing could be sent: perhaps `/v2/` says what is wanted.
  const { context, base } = connection
  if (!(next || value || base) && repeats && context.credentials !== undefined) {
    const answer = await askElse(connection, call, auth, first)
    if (answer !== first) return answer
  }
  throw await auth.refusal(`${wire.method} ${redact(wire.url)}`, wanted)
}

/** One login for all repositories, or one for each where credentials may differ. */
function createLogins({ exchange, context }: Connection): (repository: string) => Authentication {
  const { credentials } = context
  const challenge: SharedChallenge = {}
  const apart = typeof credentials === 'function' && credentials.perRepository
  const known = createRecentMap<string, Authentication>({ most: MAX_REPOSITORIES })
  return (repository) => {
    const key = apart ? repository : ''
    let auth = known.get(key)
    if (!auth) {
      auth = createAuthentication(exchange, context, repository, challenge)
      known.set(key, auth)
    }
    return auth
  }
}
