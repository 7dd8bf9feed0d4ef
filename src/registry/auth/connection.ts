/**
 * What requests to one registry share of its login, and a request that was refused.
 *
 * @module
 */
import type { Exchange, WireRequest } from '../wire/exchange.ts'
import type { Authentication } from './authentication.ts'
import type { AuthContext } from './context.ts'
import type { Scopes } from './scopes.ts'

/** How an answer says that a login has ended. */
export type Ending = 'said' | 'meant'

/** What the requests to one registry share. */
export interface Connection {
  readonly exchange: Exchange
  readonly context: AuthContext
  /** Whether there may be credentials for a repository. */
  readonly mayHave: (repository: string) => boolean | Promise<boolean>
  /** The login of each repository, once one was wanted. */
  logins?: ((repository: string) => Authentication) | undefined
  /** The answer to `/v2/`, once it was requested. */
  base?: Promise<Response> | undefined
  /**
   * Until then a 400 or 403 is taken for what is not allowed, in milliseconds since 1970: a new login did not help. Apart
   * for answers that say that a login has ended, and for those that may mean it.
   */
  readonly quietUntil: Record<Ending, number>
}

/** A request that was refused. */
export interface Refused {
  readonly wire: WireRequest
  readonly scopes: Scopes
  readonly repository: string
  /** The `Authorization` that was sent. */
  readonly value: string | undefined
  /** Sends a request with another one. */
  readonly send: (wire: WireRequest, value: string | undefined) => Promise<Response>
  /** Called once it is known what the registry wants. */
  readonly onAnswer: () => void
}
