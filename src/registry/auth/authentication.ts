/**
 * The `Authorization` of requests to one registry, from the caller's credentials and the registry's last
 * challenge (RFC 9110, section 11).
 *
 * @module
 */
import { type AuthError, InvalidInputError, isOcilinkError } from '../../errors.ts'
import { createRecentMap } from '../../platform/recent-map.ts'
import type { Exchange } from '../wire/exchange.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { AuthContext } from './context.ts'
import { basic, type Credentials } from './credentials.ts'
import { createLogin, type Login } from './login.ts'
import { refusalOf } from './refusal.ts'
import { addScopes, parseScopes, renameScopes, type Scopes } from './scopes.ts'
import { requestToken, type Token } from './token.ts'
import { createTokens } from './tokens.ts'

/** What requests carry, and what is read from challenges. */
export interface Authentication {
  /**
   * Value of the `Authorization` header; none before the first challenge, or for anonymous access.
   *
   * @param refused - a value that has just been refused, so that a token is not used again, and a source of credentials
   *   is called for others
   */
  authorization(scopes: Scopes, refused?: string, signal?: AbortSignal): Promise<string | undefined>
  /** Notes that a value was taken. */
  accept(value: string | undefined): void
  /** Whether a value was taken before. */
  isAccepted(value: string): boolean
  /**
   * Reads the challenge of a 401.
   *
   * @returns the scopes that are wanted now: a challenge may name more than the request needs
   */
  readChallenge(response: Response, scopes: Scopes): Promise<Scopes>
  /** Whether the registry's token service gives the tokens that are sent. */
  getsTokens(): Promise<boolean>
  /** What the last challenge says: a parameter of it. */
  challenged(parameter: string): string | undefined
  /** Gets tokens for another repository than the one that requests name, or no longer. */
  rename(resource: string, as: string | undefined): void
  /** The error for a 401 that stays. */
  refusal(what: string, scopes: Scopes): Promise<AuthError>
}

/** What the repositories of a registry share. */
export interface SharedChallenge {
  /** The registry's last one. */
  last?: Challenge | undefined
}

/** Values that are remembered as taken; the oldest are forgotten first. */
const MAX_ACCEPTED = 100
/** Repositories that the registry calls otherwise; the oldest are forgotten first. */
const MAX_RENAMED = 100

/**
 * Makes the authentication of one registry, or of one of its repositories.
 *
 * @param repository - its name
 */
export function createAuthentication(
  exchange: Exchange,
  context: AuthContext,
  repository: string,
  shared: SharedChallenge,
): Authentication {
  const login = createLogin(context, repository)
  const names = createRecentMap<string, string>({ most: MAX_RENAMED })
  let accepted: readonly string[] = []

  const tokens = createTokens((scopes, signal) => {
    const request = { context, challenge: shared.last!, scopes, signal }
    return tokenBy(login, (credentials) => requestToken(exchange, { ...request, credentials }))
  })

  return {
    async authorization(scopes, refused, signal) {
      const challenge = shared.last
      if (!challenge) return undefined
      if (challenge.scheme === 'basic') return basicBy(login, refused)
      const given = await givenToken(login, refused)
      if (given !== undefined) return given
      const { value } = await tokens(
        renameScopes(scopes, names),
        refused?.replace(/^Bearer /, ''),
        signal,
      )
      return `Bearer ${value}`
    },

    accept(value) {
      if (value === undefined) return
      // Each time: what was refused once may have been something that is not allowed.
      login.worked()
      if (!accepted.includes(value)) accepted = [value, ...accepted].slice(0, MAX_ACCEPTED)
    },

    isAccepted: (value) => accepted.includes(value),

    async readChallenge(response, scopes) {
      const credentials = await login.get()
      const found = choose(parseChallenges(response.headers.get('www-authenticate')))
      if (found) shared.last = found
      // No challenge, or one that a page cannot read: Basic is all that can be tried.
      else if (credentials && 'password' in credentials)
        shared.last ??= { scheme: 'basic', params: new Map() }
      // Placeholders for other repositories are left out.
      return addScopes(scopes, parseScopes(found?.params.get('scope')), scopes)
    },

    async getsTokens() {
      const credentials = await login.get()
      return shared.last?.scheme === 'bearer' && !(credentials && 'registryToken' in credentials)
    },

    challenged: (parameter) => shared.last?.params.get(parameter),

    rename(resource, as) {
      if (as === undefined) names.delete(resource)
      else names.set(resource, as)
    },

    async refusal(what, scopes) {
      const withCredentials = (await login.get()) !== undefined
      return refusalOf(context, { what, scopes, challenge: shared.last, withCredentials })
    },
  }
}

/** Credentials for Basic; others than the refused, where a source has some. */
async function basicBy(login: Login, refused: string | undefined): Promise<string | undefined> {
  const credentials = await login.get()
  const value = basicOf(credentials)
  return refused && value === refused ? basicOf(await login.after(credentials)) : value
}

function basicOf(credentials: Credentials | undefined): string | undefined {
  return credentials && 'password' in credentials ? basic(credentials) : undefined
}

/** A token that the caller gave, or a source gives in place of the refused; `undefined` where one is to be requested. */
async function givenToken(login: Login, refused: string | undefined): Promise<string | undefined> {
  const credentials = await login.get()
  const value = bearerOf(credentials)
  return value !== undefined && value === refused ? bearerOf(await login.after(credentials)) : value
}

function bearerOf(credentials: Credentials | undefined): string | undefined {
  if (!credentials || !('registryToken' in credentials)) return undefined
  const { registryToken } = credentials
  // A runtime would repeat what it cannot send in its own error's text.
  if (/^[\x21-\x7e]+$/.test(registryToken)) return `Bearer ${registryToken}`
  const path = 'credentials.registryToken'
  throw new InvalidInputError('INVALID_INPUT', path, 'printable ASCII', 'something else')
}

/** Requests a token, once more where the credentials are refused and a source has others. */
async function tokenBy(
  login: Login,
  request: (credentials: Credentials | undefined) => Promise<Token>,
): Promise<Token> {
  const credentials = await login.get()
  const token = await request(credentials).catch(async (error: unknown) => {
    if (!isOcilinkError(error, 'AUTH_DENIED')) throw error
    const others = await login.after(credentials)
    if (others === credentials) throw error
    return request(others)
  })
  if (token.refreshToken) login.renew({ identityToken: token.refreshToken })
  login.worked()
  return token
}

// Bearer before Basic, as every registry that offers both wants it.
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, params }) => scheme === 'bearer' && params.has('realm')) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  )
}
