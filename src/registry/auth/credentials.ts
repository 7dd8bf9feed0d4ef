/**
 * Credentials: what a caller gives for a registry, as a value or as an async source.
 *
 * @module
 */
import { encodeBase64 } from '../../platform/base64.ts'

/** One registry's credentials. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as `docker login` keeps it for some registries. */
  | { readonly identityToken: string }
  /** A bearer token, sent as it is. */
  | { readonly registryToken: string }

/**
 * Looks up credentials, asked at most once per repository and only when the registry wants some.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @returns `undefined` for anonymous access
 */
export type CredentialSource = (registry: string) => Promise<Credentials | undefined>

/** @internal What authentication needs to know of a registry. */
export interface AuthContext {
  /** `host[:port]` as the user wrote it; credentials are looked up by it. */
  readonly registry: string
  readonly origin: URL
  readonly credentials: Credentials | CredentialSource | undefined
  readonly trustedHosts: readonly string[]
  /** Milliseconds that a token request may take. */
  readonly timeout: number
}

/**
 * `Basic` value of a user name and password, in UTF-8 (RFC 7617).
 *
 * @internal
 */
export function basic(credentials: {
  readonly username: string
  readonly password: string
}): string {
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  return `Basic ${encodeBase64(bytes)}`
}
