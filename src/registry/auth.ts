/**
 * Authentication: adds Basic or Bearer credentials and answers one 401 per request. Sits below ky
 * (repository.ts) and above the injected fetch (exchange.ts), so that a retry never needs a second
 * challenge.
 *
 * @module
 */
import { AuthError, InvalidInputError } from '../errors.ts'
import { untilAborted } from './abort.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import { type AuthContext, basic, type Credentials } from './credentials.ts'
import type { Exchange, WireRequest } from './exchange.ts'
import { redact } from './origins.ts'
import { addScopes, coversScopes, formatScopes, parseScopes, type Scopes } from './scopes.ts'
import type { requestToken, Token } from './token.ts'

/** Sends a request with whatever the registry wants for these scopes. */
export type AuthenticatedExchange = (request: WireRequest, scopes: Scopes) => Promise<Response>

/**
 * Wraps an exchange with authentication. Tokens are kept per scope set until they expire, and asked
 * for once when several requests want the same.
 *
 * @throws `AuthError` `AUTH_REQUIRED` when nothing was given and something is wanted,
 *   `AUTH_DENIED` when what was given is refused
 */
export function authenticated(exchange: Exchange, context: AuthContext): AuthenticatedExchange {
  let known: Promise<Credentials | undefined> | undefined
  let challenge: Challenge | undefined
  let tokens: { scopes: Scopes; token: Promise<Token> }[] = []

  // A source is asked once; after a failure it may be asked again.
  function lookUp(): Promise<Credentials | undefined> {
    known ??= (async () => {
      const { credentials, registry } = context
      return typeof credentials === 'function' ? credentials(registry) : credentials
    })()
    known.catch(() => {
      known = undefined
    })
    return known
  }

  // Requests that want the same token share one request for it, so no single caller's signal ends it.
  async function bearer(scopes: Scopes, refused: string | undefined): Promise<string> {
    const held = tokens.find((entry) => coversScopes(entry.scopes, scopes))
    if (held) {
      const { value, expires } = await held.token
      if (expires > Date.now() && `Bearer ${value}` !== refused) return value
      tokens = tokens.filter((entry) => entry !== held)
      return bearer(scopes, refused)
    }
    const ask = { context, challenge: challenge!, scopes }
    const entry = {
      scopes,
      token: lookUp().then((credentials) => askRealm(exchange, { ...ask, credentials })),
    }
    tokens.push(entry)
    try {
      const { value, refreshToken } = await entry.token
      if (refreshToken) known = Promise.resolve({ identityToken: refreshToken })
      return value
    } catch (error) {
      tokens = tokens.filter((other) => other !== entry)
      throw error
    }
  }

  async function authorization(scopes: Scopes, refused?: string): Promise<string | undefined> {
    if (!challenge) return undefined
    const credentials = await lookUp()
    if (challenge.scheme === 'basic') {
      return credentials && 'password' in credentials ? basic(credentials) : undefined
    }
    if (!credentials || !('registryToken' in credentials))
      return `Bearer ${await bearer(scopes, refused)}`
    // A runtime would repeat what it cannot send in its own error's text.
    if (/^[\x21-\x7e]+$/.test(credentials.registryToken))
      return `Bearer ${credentials.registryToken}`
    const path = 'credentials.registryToken'
    throw new InvalidInputError('INVALID_INPUT', path, 'printable ASCII', 'something else')
  }

  async function send(wire: WireRequest, value: string | undefined): Promise<Response> {
    const headers = new Headers(wire.headers)
    if (value) headers.set('authorization', value)
    return exchange({ ...wire, headers })
  }

  return async (wire, scopes) => {
    // Credentials never go to another origin: upload locations may lead to one.
    if (new URL(wire.url).origin !== context.origin.origin) return exchange(wire)

    const value = await untilAborted(authorization(scopes), wire.signal)
    const first = await send(wire, value)
    if (first.status !== 401) return first

    const credentials = await untilAborted(lookUp(), wire.signal)
    const told = choose(parseChallenges(first.headers.get('www-authenticate')))
    if (told) challenge = told
    // No challenge, or one that a page cannot read: Basic is all that can be tried.
    else if (credentials && 'password' in credentials)
      challenge ??= { scheme: 'basic', params: new Map() }

    // A challenge may want more of this repository; placeholders for others are left out.
    const wanted = addScopes(scopes, parseScopes(told?.params.get('scope')), scopes)
    const next = await untilAborted(authorization(wanted, value), wire.signal)
    if (next && next !== value && !(wire.body instanceof ReadableStream)) {
      const second = await send(wire, next)
      if (second.status !== 401) return second
    }
    const fields = { realm: challenge?.params.get('realm'), scope: formatScopes(wanted) }
    const what = `${wire.method} ${redact(wire.url)}`
    throw credentials
      ? new AuthError(
          'AUTH_DENIED',
          `${what} refused the credentials for ${context.registry} (${fields.scope})`,
          fields,
        )
      : new AuthError(
          'AUTH_REQUIRED',
          `${what} wants credentials for ${context.registry}: pass "credentials" to repository()`,
          fields,
        )
  }
}

// Loaded with the first Bearer challenge.
const askRealm: typeof requestToken = async (...parameters) =>
  (await import('./token.ts')).requestToken(...parameters)

// Bearer before Basic, as every registry that offers both wants it.
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, params }) => scheme === 'bearer' && params.has('realm')) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  )
}
