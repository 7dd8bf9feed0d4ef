/**
 * What authentication needs to know of a registry.
 *
 * @module
 */
import type { CredentialSource, Credentials } from './credentials.ts'

export interface AuthContext {
  /** `host[:port]` as the user wrote it; credentials are looked up by it. */
  readonly registry: string
  readonly origin: URL
  readonly credentials: Credentials | CredentialSource | undefined
  readonly trustedHosts: readonly string[]
  /** Milliseconds that a token request may take. */
  readonly timeout: number
  /** How often one is repeated. */
  readonly retries: number
  /** Milliseconds of the longest `Retry-After` that is kept. */
  readonly maxRetryAfter: number
}
