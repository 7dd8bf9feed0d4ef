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
const MAX_IDENTITIES = 256

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
  const known = (identities.get(fetch) ?? []).filter((reference) => reference.deref())
  const found = known
    .map((reference) => reference.deref())
    .find((identity) => identity && isSame(identity.credentials, credentials))
  const identity = found ?? { credentials }
  if (!found) known.push(refer(identity))
  identities.set(fetch, known.slice(-MAX_IDENTITIES))
  return identity
}

function refer(identity: Identity): Reference {
  return typeof WeakRef === 'function' ? new WeakRef(identity) : { deref: () => identity }
}

/** Functions are the same only where they are one: nobody can tell what they will answer. */
function isSame(a: Identity['credentials'], b: Identity['credentials']): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  const [one, other] = [a, b] as unknown as Record<string, unknown>[]
  const names = Object.keys(one!)
  return (
    names.length === Object.keys(other!).length &&
    names.every((name) => Object.hasOwn(other!, name) && one![name] === other![name])
  )
}
