/**
 * Whose requests these are. Writers to one tag are merged only where they send through the same `fetch`
 * with the same credentials, compared by value: many programs write a new literal for each repository.
 *
 * @module
 */
import type { Fetch } from '../wire/exchange.ts'
import type { CredentialSource, Credentials } from './credentials.ts'

/** One object for all that are the same; compare with `===`. */
export interface Identity {
  readonly credentials: Credentials | CredentialSource | undefined
}

/** Identities that one `fetch` is known by; the oldest are forgotten first. */
export const MAX_IDENTITIES = 256

/**
 * Weak, so that credentials live no longer than the repositories that hold them. workerd may have no
 * `WeakRef`.
 */
interface Reference {
  deref(): Identity | undefined
}

const identities = /* @__PURE__ */ new WeakMap<Fetch, Reference[]>()

/** The identity of a `fetch` and credentials. */
export function identityOf(fetch: Fetch, credentials: Identity['credentials']): Identity {
  const known = identities.get(fetch) ?? []
  for (const reference of known) {
    const identity = reference.deref()
    if (identity && isSame(identity.credentials, credentials)) return identity
  }
  const identity = { credentials }
  const alive = known.filter((reference) => reference.deref())
  identities.set(fetch, [...alive, refer(identity)].slice(-MAX_IDENTITIES))
  return identity
}

function refer(identity: Identity): Reference {
  return typeof WeakRef === 'function' ? new WeakRef(identity) : { deref: () => identity }
}

const fields = ['username', 'password', 'identityToken', 'registryToken']

/** Functions are the same only where they are one: what they will give cannot be compared. */
function isSame(a: Identity['credentials'], b: Identity['credentials']): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  const [one, other] = [a, b] as unknown as Record<string, unknown>[]
  return fields.every((field) => one![field] === other![field])
}
