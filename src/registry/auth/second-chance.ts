/**
 * What is tried where the answer to a challenge is not enough: registries that ask for no login but refuse without one,
 * that end a login with another status than 401, that do not take a token at once, or that know the repository
 * by another name.
 *
 * @module
 */

import { delay, untilAborted } from '../../platform/abort.ts'
import { dropBody } from '../../platform/body.ts'
import { redact } from '../wire/origins.ts'
import type { Authentication } from './authentication.ts'
import type { Connection, Ending, Refused } from './connection.ts'
import { parseScopes, type Scopes } from './scopes.ts'

/** How long a new token may take to be taken where clocks differ or a cluster has to tell its members, in milliseconds. */
const SECOND = 1000
/** How long refusals are believed after a new login did not help, in milliseconds. */
const QUIET = 60_000

/**
 * What registries say of a login that has ended: ECR Public's 400 "Your Authorization Token is invalid." for one. The
 * words are near each other: without a bound, 64 KiB of the first of them cost 0.4 s.
 */
const ended =
  /(token|authorization|credential)s?\W[^{]{0,200}(expired|invalid|not valid)|reauthenticate/i
/** Codes that with a 400 can mean nothing else; with a 403 they are said of what is not allowed too. */
const denied = /"(UNAUTHORIZED|DENIED)"/

/**
 * Sends a request again after a 400, 403 or 404, with a login where none was sent, with a new one where it was good.
 *
 * @returns the first answer where nothing else can be sent
 */
export async function askElse(
  connection: Connection,
  call: Refused,
  auth: Authentication,
  first: Response,
): Promise<Response> {
  const { wire, scopes, value, send } = call
  const { signal } = wire
  let ending: Ending | undefined
  if (value === undefined) {
    if (!(await connection.mayHave(call.repository))) return first
    const base = await untilAborted(askBase(connection), signal)
    // zot has its challenge also beside 200, since some of its repositories are for all.
    if (base.status !== 401 && !base.headers.has('www-authenticate')) return first
    await untilAborted(auth.readChallenge(base, scopes), signal)
  } else {
    ending = endingOf(first.status, await first.clone().text())
    if (!ending || Date.now() < connection.quietUntil[ending]) return first
  }

  const next = await untilAborted(auth.authorization(scopes, value, signal), signal)
  const second = next === undefined || next === value ? first : await send(wire, next)
  if (second.status === 401) throw await auth.refusal(`${wire.method} ${redact(wire.url)}`, scopes)
  if (![400, 403].includes(second.status)) auth.accept(next)
  else if (ending) connection.quietUntil[ending] = Date.now() + QUIET
  return second
}

/** Asks `/v2/` for its challenge: once, as all other clients do first. */
function askBase(connection: Connection): Promise<Response> {
  const { exchange, context } = connection
  const url = new URL('/v2/', context.origin).href
  // Takes no caller's signal, because others may wait for the same answer.
  const signal = AbortSignal.timeout(context.timeout)
  connection.base ??= exchange({ method: 'GET', url, headers: new Headers(), signal })
  connection.base.then(dropBody, () => {
    connection.base = undefined
  })
  return connection.base
}

/** How a 400 or 403 says that a login has ended; `undefined` where it means something else. */
function endingOf(status: number, text: string): Ending | undefined {
  if (ended.test(text)) return 'said'
  // The answer to a HEAD has no text.
  return status === 403 || text === '' || denied.test(text) ? 'meant' : undefined
}

/**
 * Sends a request again whose new token was refused: with a token for the repository that the challenge names instead of
 * ours, else with another token a second later.
 *
 * @returns the answer, or `undefined` where that was refused too
 */
export async function tryFresh(
  { wire, scopes, value, send }: Refused,
  auth: Authentication,
  refusal: Response,
): Promise<Response | undefined> {
  const { signal } = wire
  // What the caller gave is right or wrong.
  if (!(await auth.getsTokens())) return undefined
  await untilAborted(auth.readChallenge(refusal, scopes), signal)
  const [own] = scopes.keys()
  const other = otherName(scopes, auth.challenged('scope'))
  if (other) auth.rename(own!, other)
  else if (auth.challenged('error') === 'insufficient_scope') return undefined
  else await delay(SECOND, signal)

  const next = await untilAborted(auth.authorization(scopes, value, signal), signal)
  const response = await send(wire, next)
  if (response.status !== 401) {
    auth.accept(next)
    return response
  }
  if (other) auth.rename(own!, undefined)
  return undefined
}

/** The repository that a challenge names, where it does not name ours. */
function otherName(scopes: Scopes, scope: string | undefined): string | undefined {
  const named = [...parseScopes(scope).keys()].filter((name) => name.startsWith('repository:'))
  return named.some((name) => scopes.has(name)) ? undefined : named[0]
}
