/**
 * Who may do what: everybody, users with Basic (RFC 7617), or holders of Bearer tokens from the registry's
 * endpoint (distribution, "Token Authentication Specification"). 401 has a challenge, for a request without usable
 * credentials; 403 is for a known user without the permission.
 *
 * @module
 */

import type { AuthSettings } from '../settings/settings.ts'
import type { Answer } from '../wire/answer.ts'
import { Refusal } from '../wire/answers.ts'
import type { AuthOptions } from './auth-options.ts'
import { findUser, readBasic } from './logins.ts'
import { type Action, everything, type Permission, permits } from './permissions.ts'
import { createTokens, type Tokens } from './tokens.ts'

/** What the sender of a request may do. */
export interface Access {
  may(repository: string, action: Action): boolean
}

/** Lets requests in or refuses them. */
export interface Gate {
  /** Answers a request for a token; undefined for any other request. */
  answerToken(request: Request): Promise<Answer | undefined>
  /**
   * Finds out who sent a request.
   *
   * @param needed - what it needs; undefined for `/v2/`, which needs only a name
   * @throws {@link Refusal} 401 or 403
   */
  admit(request: Request, needed: Needed | undefined): Access
  /** The challenge of the registry, for those who send it with every answer. */
  challenge(request: Request): string
}

/** What a request needs. */
export interface Needed {
  readonly repository: string
  readonly action: Action
}

const all: Access = { may: () => true }

/** Lets everybody in. */
export const openGate: Gate = {
  answerToken: async () => undefined,
  admit: () => all,
  challenge: () => '',
}

/** Makes the gate of some options. */
export function createGate(options: AuthOptions, settings: AuthSettings): Gate {
  const anonymous = options.anonymous ?? []
  const tokens = options.scheme === 'bearer' ? createTokens(options, settings) : undefined
  return {
    answerToken: async (request) => tokens?.answer(request),
    admit: (request, needed) =>
      tokens ? admitToken(request, needed, tokens) : admitUser(request, needed),
    challenge: (request) => challengeOf(request, undefined),
  }

  function admitUser(request: Request, needed: Needed | undefined): Access {
    const login = readBasic(request)
    const user = login && findUser(options.users, login)
    if (login && !user) throw stranger(request, needed)
    const granted = user ? (user.permissions ?? everything) : anonymous
    if (needed ? permits(granted, needed.repository, needed.action) : user) return accessOf(granted)
    if (user) throw denied()
    throw stranger(request, needed)
  }

  function admitToken(request: Request, needed: Needed | undefined, known: Tokens): Access {
    const value = /^Bearer +([^ ]+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1]
    const token = value === undefined ? undefined : known.find(value)
    if (!token) {
      const wrong = value === undefined ? undefined : 'invalid_token'
      throw stranger(request, needed, wrong)
    }
    if (!needed || permits(token.granted, needed.repository, needed.action)) {
      return accessOf(token.granted)
    }
    // A token for more can be had, by this user or, for want of one, by somebody who logs in.
    const isWide = permits(token.permissions, needed.repository, needed.action)
    if (isWide || token.user === undefined) throw stranger(request, needed, 'insufficient_scope')
    throw denied()
  }

  function stranger(request: Request, needed: Needed | undefined, error?: string): Refusal {
    const wrongLogin = readBasic(request) !== undefined
    if (wrongLogin && settings.wrongLogin === 'denied') return denied()
    return new Refusal(401, 'UNAUTHORIZED', 'authentication required', {
      headers: { 'WWW-Authenticate': challengeOf(request, needed, error) },
    })
  }

  function challengeOf(request: Request, needed: Needed | undefined, error?: string): string {
    const bare = settings.challenge === 'bare'
    const { origin, host } = new URL(request.url)
    if (!tokens) return bare ? `basic realm=${host}` : `Basic realm="${host}", charset="UTF-8"`
    const realm = options.realm ?? `${origin}/token`
    const scope = needed ? scopeOf(needed) : settings.baseScope
    const rest = [scope && `scope="${scope}"`, error && `error="${error}"`]
    const first = bare
      ? [`bearer realm=${realm}`, `service=${host}`]
      : [`Bearer realm="${realm}"`, `service="${host}"`]
    return [...first, ...rest].filter(Boolean).join(',')
  }
}

function accessOf(granted: readonly Permission[]): Access {
  return { may: (repository, action) => permits(granted, repository, action) }
}

/** Pushing reads too: clients look up what is there already. */
function scopeOf({ repository, action }: Needed): string {
  return `repository:${repository}:${action === 'push' ? 'pull,push' : action}`
}

function denied(): Refusal {
  return new Refusal(403, 'DENIED', 'requested access to the resource is denied')
}
