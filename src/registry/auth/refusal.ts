/**
 * The error for a 401 that stays, and what may be done about it.
 *
 * @module
 */
import { AuthError } from '../../errors.ts'
import type { Challenge } from './challenge.ts'
import type { AuthContext } from './context.ts'
import { loginHint } from './credentials.ts'
import { formatScopes, type Scopes } from './scopes.ts'

/** A request that a registry keeps refusing. */
export interface RefusedRequest {
  /** Method and address, for people. */
  readonly what: string
  readonly scopes: Scopes
  /** The last challenge, where there was one. */
  readonly challenge: Challenge | undefined
  /** Whether the caller gave credentials. */
  readonly withCredentials: boolean
}

/** @returns `AUTH_DENIED` where credentials were given, else `AUTH_REQUIRED` */
export function refusalOf(
  { credentials, registry }: Pick<AuthContext, 'credentials' | 'registry'>,
  { what, scopes, challenge, withCredentials }: RefusedRequest,
): AuthError {
  const fields = { realm: challenge?.params.get('realm'), scope: formatScopes(scopes) }
  if (withCredentials) {
    const message = `${what} refused the credentials for ${registry} (${fields.scope})`
    return new AuthError('AUTH_DENIED', message, fields)
  }
  // A token was given without credentials, and refused for another reason than what it allows.
  const token = challenge?.scheme === 'bearer' && !lacksScope(challenge)
  const message = token
    ? `${what} refused the tokens that its token service gave for anonymous access to ${registry} (${fields.scope}), also a second later. It needs a login where it is not public`
    : `${what} wants credentials for ${registry}: ${loginHint(credentials, registry)}`
  return new AuthError('AUTH_REQUIRED', message, fields)
}

/** Whether a challenge says that a token is good, but not for this (RFC 6750, section 3.1). */
function lacksScope({ params }: Challenge): boolean {
  return params.get('error') === 'insufficient_scope'
}
