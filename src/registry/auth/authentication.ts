/**
 * Who we are to one registry: credentials, the last challenge, and tokens per scope set. Asked by
 * exchange.ts for every request; token.ts gets new tokens.
 *
 * @module
 */
import { AuthError, InvalidInputError } from '../../errors.ts'
import type { Exchange } from '../wire/exchange.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import { type AuthContext, basic, type Credentials } from './credentials.ts'
import { addScopes, coversScopes, formatScopes, parseScopes, type Scopes } from './scopes.ts'
import type { requestToken, Token } from './token.ts'

/** What a request may carry, and what an answer taught. */
export interface Authentication {
  /**
   * Value of the `Authorization` header; none before the first challenge, or for anonymous access.
   *
   * @param refused - a value that has just been refused, so that a token is not used again
   */
  authorization(scopes: Scopes, refused?: string): Promise<string | undefined>
  /**
   * Learns from a 401.
   *
   * @returns the scopes to ask for now: a challenge may want more than the request said
   */
  learn(response: Response, scopes: Scopes): Promise<Scopes>
  /** The error for a 401 that stays. */
  refusal(what: string, scopes: Scopes): Promise<AuthError>
}

/**
 * Makes the authentication of one registry. Tokens are kept per scope set until they expire, and
 * asked for once when several requests want the same.
 */
export function createAuthentication(exchange: Exchange, context: AuthContext): Authentication {
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

  async function learn(response: Response, scopes: Scopes): Promise<Scopes> {
    const credentials = await lookUp()
    const told = choose(parseChallenges(response.headers.get('www-authenticate')))
    if (told) challenge = told
    // No challenge, or one that a page cannot read: Basic is all that can be tried.
    else if (credentials && 'password' in credentials)
      challenge ??= { scheme: 'basic', params: new Map() }
    // Placeholders for other repositories are left out.
    return addScopes(scopes, parseScopes(told?.params.get('scope')), scopes)
  }

  async function refusal(what: string, scopes: Scopes): Promise<AuthError> {
    const { registry } = context
    const fields = { realm: challenge?.params.get('realm'), scope: formatScopes(scopes) }
    return (await lookUp())
      ? new AuthError(
          'AUTH_DENIED',
          `${what} refused the credentials for ${registry} (${fields.scope})`,
          fields,
        )
      : new AuthError(
          'AUTH_REQUIRED',
          `${what} wants credentials for ${registry}: pass "credentials" to repository()`,
          fields,
        )
  }

  return { authorization, learn, refusal }
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
