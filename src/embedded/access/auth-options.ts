/**
 * Who may use the embedded registry: the option `auth`.
 *
 * @module
 */
import type { Permission, User } from './permissions.ts'

/** Who may use the registry, and how they say who they are. */
export interface AuthOptions {
  readonly scheme: 'basic' | 'bearer'
  readonly users: readonly User[]
  /**
   * What everybody may do without a password; `/v2/` itself always wants one.
   *
   * @default []
   */
  readonly anonymous?: readonly Permission[] | undefined
  /**
   * Seconds until a token expires.
   *
   * @default 300
   */
  readonly expiresIn?: number | undefined
  /**
   * Address that Bearer challenges name for tokens. The registry answers at the path `/token`,
   * whatever stands here.
   *
   * @default '/token' of the request's own address
   */
  readonly realm?: string | undefined
}
