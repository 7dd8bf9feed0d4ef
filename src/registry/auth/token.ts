/**
 * Bearer tokens from a registry's realm (distribution, "Token Authentication Specification" and
 * "OAuth2 Token Authentication"). Called by auth.ts.
 *
 * @module
 */
import { AuthError, RegistryError } from '../../errors.ts'
import { untilAborted } from '../../platform/abort.ts'
import { readBounded } from '../../platform/body.ts'
import type { Exchange } from '../wire/exchange.ts'
import { mayAuthenticate, mayVisit, redact } from '../wire/origins.ts'
import type { Challenge } from './challenge.ts'
import { type AuthContext, basic, type Credentials } from './credentials.ts'
import { formatScope, formatScopes, type Scopes } from './scopes.ts'

/** A token and when it stops being used, in milliseconds since 1970. */
export interface Token {
  readonly value: string
  readonly expires: number
  /** A new refresh token, when the realm gave one. */
  readonly refreshToken?: string | undefined
}

const TOKEN_LIMIT = 64 * 1024

/**
 * Asks the realm for a token: `GET` with Basic or anonymously, `POST` with a refresh token.
 *
 * @throws `AuthError` when the realm must not be asked, or refuses
 */
export async function requestToken(
  exchange: Exchange,
  ask: {
    context: AuthContext
    challenge: Challenge
    credentials: Credentials | undefined
    scopes: Scopes
  },
): Promise<Token> {
  const { context, credentials, scopes } = ask
  const realm = realmOf(ask.challenge, context, scopes)
  const fields = { realm: redact(realm), scope: formatScopes(scopes) }
  if (credentials && !mayAuthenticate(context.origin, realm, context.trustedHosts)) {
    throw new AuthError(
      'AUTH_DENIED',
      `${context.registry} wants its credentials sent to ${realm.host}: pass trustedHosts: ['${realm.host}'] to repository() if that is its token service`,
      fields,
    )
  }
  const form = new URLSearchParams()
  const service = ask.challenge.params.get('service')
  if (service) form.set('service', service)
  const headers = new Headers({ accept: 'application/json' })
  const post = credentials !== undefined && 'identityToken' in credentials
  if (post) {
    form.set('grant_type', 'refresh_token')
    form.set('refresh_token', credentials.identityToken)
    form.set('client_id', 'ocilink')
    form.set('scope', fields.scope)
    headers.set('content-type', 'application/x-www-form-urlencoded')
  } else {
    for (const scope of formatScope(scopes)) form.append('scope', scope)
    for (const [key, value] of form) realm.searchParams.append(key, value)
    if (credentials && 'password' in credentials) headers.set('authorization', basic(credentials))
  }
  const signal = AbortSignal.timeout(context.timeout)
  const asked = exchange({
    method: post ? 'POST' : 'GET',
    url: realm.href,
    headers,
    body: post ? form.toString() : undefined,
    signal,
    sameOrigin: true,
  })
  const response = await untilAborted(asked, signal)
  const bytes = await readBounded(response, TOKEN_LIMIT, 'throw', signal)
  if (response.status === 429 || response.status >= 500) {
    throw new RegistryError({
      method: post ? 'POST' : 'GET',
      url: fields.realm,
      status: response.status,
      hint: 'The token service is not available; try again later',
    })
  }
  if (!response.ok) {
    const who = credentials ? 'the credentials' : 'anonymous access'
    throw new AuthError(
      credentials ? 'AUTH_DENIED' : 'AUTH_REQUIRED',
      `${fields.realm} answered ${response.status} and refused ${who} for ${fields.scope}`,
      fields,
    )
  }
  const token = parseToken(bytes, fields)
  // Only a refresh token is renewed by another: a password stays what it is.
  return post ? token : { ...token, refreshToken: undefined }
}

function realmOf(challenge: Challenge, context: AuthContext, scopes: Scopes): URL {
  const text = challenge.params.get('realm') ?? ''
  const realm = URL.canParse(text, context.origin) ? new URL(text, context.origin) : undefined
  if (realm && mayVisit(context.origin, realm)) return realm
  throw new AuthError(
    'AUTH_DENIED',
    `${context.registry} names a token service that is not asked: ${realm ? redact(realm) : 'no valid address'}`,
    { realm: text, scope: formatScopes(scopes) },
  )
}

function parseToken(bytes: Uint8Array, fields: { realm: string; scope: string }): Token {
  let body: Record<string, unknown> = {}
  try {
    body = JSON.parse(new TextDecoder().decode(bytes)) ?? {}
  } catch {
    // Told below: there is no token in it.
  }
  const value = body.token || body.access_token
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new AuthError('AUTH_DENIED', `${fields.realm} answered without a token`, fields)
  }
  // The token specification's default is 60 seconds; a tenth is kept back for clocks and queues.
  const seconds = Number(body.expires_in) > 0 ? Number(body.expires_in) : 60
  const refreshToken = typeof body.refresh_token === 'string' ? body.refresh_token : undefined
  return { value, expires: Date.now() + seconds * 900, refreshToken }
}
