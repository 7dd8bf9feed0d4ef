/**
 * The `Authorization` of requests to one registry, from the caller's credentials and the registry's last
 * challenge (RFC 9110, section 11).
 *
 * @module
 */
import { AuthError, InvalidInputError } from '../../errors.ts'
import type { Exchange } from '../wire/exchange.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { AuthContext } from './context.ts'
import { basic, type Credentials, checkCredentials, loginHint } from './credentials.ts'
import { addScopes, formatScopes, parseScopes, type Scopes } from './scopes.ts'
import type { requestToken } from './token.ts'
import { createTokens } from './tokens.ts'

/** What requests carry, and what is read from challenges. */
export interface Authentication {
  /**
   * Value of the `Authorization` header; none before the first challenge, or for anonymous access.
   *
   * @param refused - a value that has just been refused, so that a token is not used again
   */
  authorization(scopes: Scopes, refused?: string): Promise<string | undefined>
  /**
   * Reads the challenge of a 401.
   *
   * @returns the scopes that are wanted now: a challenge may name more than the request needs
   */
  readChallenge(response: Response, scopes: Scopes): Promise<Scopes>
  /** The error for a 401 that stays. */
  refusal(what: string, scopes: Scopes): Promise<AuthError>
}

/** Makes the authentication of one registry. */
export function createAuthentication(exchange: Exchange, context: AuthContext): Authentication {
  const login = createLogin(context)
  let challenge: Challenge | undefined

  const tokens = createTokens(async (scopes) => {
    const credentials = await login.get()
    const token = await fetchToken(exchange, {
      context,
      challenge: challenge!,
      scopes,
      credentials,
    })
    if (token.refreshToken) login.renew({ identityToken: token.refreshToken })
    return token
  })

  return {
    async authorization(scopes, refused) {
      if (!challenge) return undefined
      const credentials = await login.get()
      if (challenge.scheme === 'basic') {
        return credentials && 'password' in credentials ? basic(credentials) : undefined
      }
      if (credentials && 'registryToken' in credentials) return givenToken(credentials)
      const { value } = await tokens(scopes, refused?.replace(/^Bearer /, ''))
      return `Bearer ${value}`
    },

    async readChallenge(response, scopes) {
      const credentials = await login.get()
      const found = choose(parseChallenges(response.headers.get('www-authenticate')))
      if (found) challenge = found
      // No challenge, or one that a page cannot read: Basic is all that can be tried.
      else if (credentials && 'password' in credentials)
        challenge ??= { scheme: 'basic', params: new Map() }
      // Placeholders for other repositories are left out.
      return addScopes(scopes, parseScopes(found?.params.get('scope')), scopes)
    },

    async refusal(what, scopes) {
      const { credentials, registry } = context
      const fields = { realm: challenge?.params.get('realm'), scope: formatScopes(scopes) }
      return (await login.get())
        ? new AuthError(
            'AUTH_DENIED',
            `${what} refused the credentials for ${registry} (${fields.scope})`,
            fields,
          )
        : new AuthError(
            'AUTH_REQUIRED',
            `${what} wants credentials for ${registry}: ${loginHint(credentials, registry)}`,
            fields,
          )
    },
  }
}

/** The caller's credentials: looked up once; after a failure they may be looked up again. */
function createLogin({ credentials, registry }: AuthContext): {
  get(): Promise<Credentials | undefined>
  renew(credentials: Credentials): void
} {
  let known: Promise<Credentials | undefined> | undefined
  return {
    get() {
      known ??= lookUp()
      known.catch(() => {
        known = undefined
      })
      return known
    },
    renew(renewed) {
      known = Promise.resolve(renewed)
    },
  }

  async function lookUp(): Promise<Credentials | undefined> {
    if (typeof credentials !== 'function') return credentials
    const found = await credentials(registry)
    if (found !== undefined) checkCredentials(found, 'credentials()')
    return found
  }
}

function givenToken({ registryToken }: { readonly registryToken: string }): string {
  // A runtime would repeat what it cannot send in its own error's text.
  if (/^[\x21-\x7e]+$/.test(registryToken)) return `Bearer ${registryToken}`
  const path = 'credentials.registryToken'
  throw new InvalidInputError('INVALID_INPUT', path, 'printable ASCII', 'something else')
}

// Loaded with the first Bearer challenge.
const fetchToken: typeof requestToken = async (...parameters) =>
  (await import('./token.ts')).requestToken(...parameters)

// Bearer before Basic, as every registry that offers both wants it.
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, params }) => scheme === 'bearer' && params.has('realm')) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  )
}
