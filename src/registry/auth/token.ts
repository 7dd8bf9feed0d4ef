/**
 * Bearer tokens from a registry's realm (distribution, "Token Authentication Specification" and
 * "OAuth2 Token Authentication").
 *
 * @module
 */
import { AuthError, RegistryError } from '../../errors.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { fieldsOf, readBounded } from '../../platform/body.ts'
import type { Exchange, WireRequest } from '../wire/exchange.ts'
import { isPassingStatus, REPEATED, retryAfter } from '../wire/failures.ts'
import { mayAuthenticate, mayVisit, redact } from '../wire/origins.ts'
import type { Challenge } from './challenge.ts'
import type { AuthContext } from './context.ts'
import { basic, type Credentials, loginHint } from './credentials.ts'
import { formatScope, formatScopes, type Scopes } from './scopes.ts'

/** A token and when it stops being used, in milliseconds since 1970. */
export interface Token {
  readonly value: string
  readonly expires: number
  /** A new refresh token, when the realm gave one. */
  readonly refreshToken?: string | undefined
}

export const TOKEN_LIMIT: number = 64 * 1024

/** What a token request is made of. */
export interface TokenRequest {
  readonly context: AuthContext
  readonly challenge: Challenge
  readonly credentials: Credentials | undefined
  readonly scopes: Scopes
  /** Ends the request: nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** What errors say of a realm. */
interface RealmFields {
  readonly realm: string
  readonly scope: string
}

/**
 * Asks the realm for a token: `GET` with Basic or anonymously, `POST` with a refresh token.
 *
 * @throws `AuthError` when the realm must not be visited, or refuses; `RegistryError` when it is not
 *   available
 */
export async function requestToken(exchange: Exchange, request: TokenRequest): Promise<Token> {
  const { context, credentials, scopes } = request
  const realm = realmOf(request.challenge, context, scopes)
  const fields = { realm: redact(realm), scope: formatScopes(scopes) }
  if (credentials) checkRealm(realm, context, fields)
  const refreshes = credentials !== undefined && 'identityToken' in credentials
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(context.timeout)])
  const ask = {
    ...(refreshes ? formRequest(realm, credentials, request) : queryRequest(realm, request)),
    signal,
    sameOrigin: true,
  }
  const response = await askPatiently(exchange, ask, context)
  const bytes = await readBounded(response, TOKEN_LIMIT, 'throw', signal)
  checkAnswer(response, refreshes ? 'POST' : 'GET', request, fields)
  const token = parseToken(bytes, fields)
  // Only a refresh token is renewed by another: a password stays what it is.
  return refreshes ? token : { ...token, refreshToken: undefined }
}

/** Sends a request again after what passes, as other requests are: see ../send.ts, which cannot repeat this one. */
async function askPatiently(
  exchange: Exchange,
  request: WireRequest,
  { timeout, retries, maxRetryAfter }: AuthContext,
): Promise<Response> {
  const { signal } = request
  const end = performance.now() + timeout
  for (let failures = 1; ; failures++) {
    const response = await untilAborted(exchange(request), signal)
    if (failures > retries || !REPEATED.includes(response.status)) return response
    const wanted = retryAfter(response)
    const wait = Math.max(wanted, backoff(failures, 300))
    if (wanted > maxRetryAfter || performance.now() + wait > end) return response
    await delay(wait, signal)
  }
}

function queryRequest(
  realm: URL,
  { challenge, credentials, scopes }: TokenRequest,
): Omit<WireRequest, 'signal'> {
  const url = new URL(realm)
  const service = challenge.params.get('service')
  if (service) url.searchParams.append('service', service)
  for (const scope of formatScope(scopes)) url.searchParams.append('scope', scope)
  const headers = new Headers({ accept: 'application/json' })
  if (credentials && 'password' in credentials) headers.set('authorization', basic(credentials))
  return { method: 'GET', url: url.href, headers }
}

function formRequest(
  realm: URL,
  { identityToken }: { readonly identityToken: string },
  { challenge, scopes }: TokenRequest,
): Omit<WireRequest, 'signal'> {
  const service = challenge.params.get('service')
  const form = new URLSearchParams({
    ...(service && { service }),
    grant_type: 'refresh_token',
    refresh_token: identityToken,
    client_id: 'ocilink',
    scope: formatScopes(scopes),
  })
  const headers = new Headers({
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  })
  return { method: 'POST', url: realm.href, headers, body: form.toString() }
}

/** Credentials go to token services that are known, or trusted by the caller, to be the registry's. */
function checkRealm(realm: URL, context: AuthContext, fields: RealmFields): void {
  if (mayAuthenticate(context.origin, realm, context.trustedHosts)) return
  throw new AuthError(
    'AUTH_DENIED',
    `${context.registry} wants its credentials sent to ${realm.host}: pass trustedHosts: ['${realm.host}'] to repository() if that is its token service`,
    fields,
  )
}

function checkAnswer(
  response: Response,
  method: string,
  { context, credentials }: TokenRequest,
  fields: RealmFields,
): void {
  const { ok, status } = response
  if (ok) return
  if (isPassingStatus(status)) {
    throw new RegistryError({
      method,
      url: fields.realm,
      status,
      retryAfter: retryAfter(response) || undefined,
      hint: 'The token service is not available; try again later',
    })
  }
  throw credentials
    ? new AuthError(
        'AUTH_DENIED',
        `${fields.realm} answered ${status} and refused the credentials for ${fields.scope}`,
        fields,
      )
    : new AuthError(
        'AUTH_REQUIRED',
        `${fields.realm} answered ${status} and refused anonymous access for ${fields.scope}: ${loginHint(context.credentials, context.registry)}`,
        fields,
      )
}

function realmOf(challenge: Challenge, context: AuthContext, scopes: Scopes): URL {
  const text = challenge.params.get('realm') ?? ''
  const realm = URL.canParse(text, context.origin) ? new URL(text, context.origin) : undefined
  if (realm && mayVisit(context.origin, realm)) return realm
  throw new AuthError(
    'AUTH_DENIED',
    `${context.registry} names a token service that is not trusted: ${realm ? redact(realm) : 'no valid address'}`,
    { realm: text, scope: formatScopes(scopes) },
  )
}

function parseToken(bytes: Uint8Array, fields: RealmFields): Token {
  const body = fieldsOf(bytes)
  const value = body.token || body.access_token
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new AuthError('AUTH_DENIED', `${fields.realm} answered without a token`, fields)
  }
  // The token specification's default is 60 seconds; a tenth is kept back for clocks and queues.
  const seconds = Number(body.expires_in) > 0 ? Number(body.expires_in) : 60
  const refreshToken = typeof body.refresh_token === 'string' ? body.refresh_token : undefined
  return { value, expires: Date.now() + seconds * 900, refreshToken }
}
