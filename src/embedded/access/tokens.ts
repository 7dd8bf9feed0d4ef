/**
 * The token endpoint (distribution, "Token Authentication Specification" and "OAuth2 Token
 * Authentication"): GET with Basic or anonymously, POST with a password or a refresh token. Tokens are
 * random and mean nothing to clients.
 *
 * @module
 */

import { createRecentMap } from '../../platform/recent-map.ts'
import type { AuthSettings } from '../settings/settings.ts'
import type { Answer } from '../wire/answer.ts'
import { json, Refusal } from '../wire/answers.ts'
import { readBytes } from '../wire/body.ts'
import { randomId } from '../wire/names.ts'
import type { AuthOptions } from './auth-options.ts'
import { findUser, readBasic } from './logins.ts'
import {
  everything,
  formatScopes,
  type Permission,
  parseScopes,
  permitted,
  type User,
} from './permissions.ts'

/** A token that was given out. */
export interface Token {
  /** Undefined for an anonymous one. */
  readonly user: User | undefined
  /** What it is good for. */
  readonly granted: readonly Permission[]
  /** What its owner could ask for. */
  readonly permissions: readonly Permission[]
}

/** Gives out tokens and knows them again. */
export interface Tokens {
  /** Undefined for a request that is not for a token. */
  answer(request: Request): Promise<Answer | undefined>
  /** Undefined for a token that is unknown or expired. */
  find(value: string): Token | undefined
}

const FORM_LIMIT = 64 * 1024

// Beyond these the oldest is forgotten: its owner is challenged again, and gets another.
const MOST_TOKENS = 10_000
const MOST_REFRESH_TOKENS = 1000
const MOST_SCOPES = 100
// Milliseconds since it was last used.
const REFRESH_LIFE = 30 * 24 * 60 * 60 * 1000

/** Makes the token endpoint of some options. */
export function createTokens(options: AuthOptions, settings: AuthSettings): Tokens {
  const { users, anonymous = [], expiresIn = 300 } = options
  const given = createRecentMap<string, Token>({ most: MOST_TOKENS, life: expiresIn * 1000 })
  const refreshable = createRecentMap<string, User>({
    most: MOST_REFRESH_TOKENS,
    life: REFRESH_LIFE,
  })

  return {
    async answer(request) {
      const { pathname, searchParams } = new URL(request.url)
      if (pathname !== '/token') return undefined
      if (request.method === 'GET') return answerGet(request, searchParams)
      if (request.method === 'POST') return answerPost(request)
      throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported', {
        headers: { Allow: 'GET, POST' },
        reason: 'method',
      })
    },
    find: (value) => given.get(value),
  }

  function answerGet(request: Request, query: URLSearchParams): Answer {
    const login = readBasic(request)
    const user = login && findUser(users, login)
    if (login ? !user : anonymous.length === 0) throw wrongLogin()
    const isOffline = query.get('offline_token') === 'true'
    return give(user, query.getAll('scope'), isOffline)
  }

  async function answerPost(request: Request): Promise<Answer> {
    const bytes = await readBytes(request, FORM_LIMIT)
    const form = new URLSearchParams(new TextDecoder().decode(bytes))
    const field = (name: string) => form.get(name) ?? ''
    const login = { name: field('username'), password: field('password') }
    const grants: Readonly<Record<string, () => User | undefined>> = {
      password: () => findUser(users, login),
      refresh_token: () => refreshable.get(field('refresh_token')),
    }
    const grant = field('grant_type')
    // OAuth 2.0, RFC 6749 section 5.2.
    if (!Object.hasOwn(grants, grant))
      return json({ error: 'unsupported_grant_type' }, { status: 400 })
    const user = grants[grant]!()
    if (!user) throw wrongLogin()
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '))
    const renewed = grant === 'refresh_token' ? field('refresh_token') : undefined
    return give(user, scopes, field('access_type') === 'offline', renewed)
  }

  function give(
    user: User | undefined,
    scopes: readonly string[],
    isOffline: boolean,
    renewed?: string,
  ): Answer {
    // RFC 6749, section 5.2. What is granted is kept with the token.
    if (scopes.length > MOST_SCOPES) {
      const message = `a token is for at most ${MOST_SCOPES} scopes`
      return json({ error: 'invalid_scope', error_description: message }, { status: 400 })
    }
    const wanted = parseScopes(scopes)
    const permissions = user ? (user.permissions ?? everything) : anonymous
    const granted = permitted(wanted, permissions)
    if (settings.grants === 'all or nothing' && formatScopes(granted) !== formatScopes(wanted)) {
      throw new Refusal(403, 'DENIED', 'requested access to the resource is denied')
    }
    const value = randomId()
    given.set(value, { user, granted, permissions })
    const refresh = isOffline && user ? randomId() : renewed
    if (refresh && user) refreshable.set(refresh, user)
    return json(
      {
        ...(settings.tokenField !== 'access_token' && { token: value }),
        ...(settings.tokenField !== 'token' && { access_token: value }),
        ...(settings.expiry && { expires_in: expiresIn, issued_at: new Date().toISOString() }),
        scope: formatScopes(granted),
        ...(refresh && { refresh_token: refresh }),
      },
      { headers: { 'Cache-Control': 'no-store' } },
    )
  }

  function wrongLogin(): Refusal {
    if (settings.wrongLogin === 'denied') {
      return new Refusal(403, 'DENIED', 'requested access to the resource is denied')
    }
    return new Refusal(401, 'UNAUTHORIZED', 'authentication required', {
      headers: { 'WWW-Authenticate': 'Basic realm="token"' },
    })
  }
}
