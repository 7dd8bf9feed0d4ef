/**
 * Tokens of one registry, kept per set of scopes until they expire. Requests that want the same share
 * one request for it.
 *
 * @module
 */
import { coversScopes, type Scopes } from './scopes.ts'
import type { Token } from './token.ts'

/** The oldest are forgotten first: a program that walks through a registry needs one per repository. */
const MAX_TOKENS = 100

/** Gives a token that covers these scopes, and is not the refused one. */
export type Tokens = (scopes: Scopes, refused?: string | undefined) => Promise<Token>

/**
 * Keeps what `request` gives.
 *
 * @param request - takes no caller's signal, because others may wait for the same token
 */
export function createTokens(request: (scopes: Scopes) => Promise<Token>): Tokens {
  let held: { readonly scopes: Scopes; readonly token: Promise<Token> }[] = []
  const forget = (entry: (typeof held)[number]) => {
    held = held.filter((other) => other !== entry)
  }

  return async function get(scopes, refused) {
    const known = held.find((entry) => coversScopes(entry.scopes, scopes))
    if (known) {
      const token = await known.token
      if (token.expires > Date.now() && token.value !== refused) return token
      forget(known)
      return get(scopes, refused)
    }
    const entry = { scopes, token: request(scopes) }
    held = [...held, entry].slice(-MAX_TOKENS)
    try {
      return await entry.token
    } catch (error) {
      forget(entry)
      throw error
    }
  }
}
