/**
 * Tokens of one registry, kept per set of scopes until they expire. Requests that want the same share
 * one request for it.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'
import { coversScopes, type Scopes } from './scopes.ts'
import type { Token } from './token.ts'

/** The oldest are forgotten first: a program that walks through a registry needs one per repository. */
export const MAX_TOKENS = 100

/**
 * Gives a token that covers these scopes, and is not the refused one.
 *
 * @param signal - ends the wait; the request too where nobody else waits for it
 */
export type Tokens = (
  scopes: Scopes,
  refused?: string | undefined,
  signal?: AbortSignal | undefined,
) => Promise<Token>

/** A token that was requested, and how many wait for it. */
interface Held {
  readonly scopes: Scopes
  readonly token: Promise<Token>
  readonly stop: AbortController
  waiting: number
}

/**
 * Keeps what `request` gives.
 *
 * @param request - takes a signal of its own, because others may wait for the same token
 */
export function createTokens(
  request: (scopes: Scopes, signal: AbortSignal) => Promise<Token>,
): Tokens {
  let held: Held[] = []
  const forget = (entry: Held) => {
    held = held.filter((other) => other !== entry)
  }

  function start(scopes: Scopes): Held {
    const stop = new AbortController()
    const entry = { scopes, token: request(scopes, stop.signal), stop, waiting: 0 }
    entry.token.catch(() => forget(entry))
    held = [...held, entry].slice(-MAX_TOKENS)
    return entry
  }

  async function waitFor(entry: Held, signal: AbortSignal | undefined): Promise<Token> {
    entry.waiting++
    try {
      return await untilAborted(entry.token, signal)
    } catch (error) {
      // The last one that waited has left. A request that has ended is not changed by it.
      if (entry.waiting === 1) {
        forget(entry)
        entry.stop.abort(error)
      }
      throw error
    } finally {
      entry.waiting--
    }
  }

  return async function get(scopes, refused, signal) {
    const known = held.find((entry) => coversScopes(entry.scopes, scopes))
    if (!known) return waitFor(start(scopes), signal)
    const token = await waitFor(known, signal)
    if (token.expires > Date.now() && token.value !== refused) return token
    forget(known)
    return get(scopes, refused, signal)
  }
}
