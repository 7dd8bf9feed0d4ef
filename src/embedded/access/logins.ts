/**
 * Names and passwords, as Basic sends them (RFC 7617), in UTF-8.
 *
 * @module
 */
import type { User } from './permissions.ts'

/** Name and password of a request; undefined where there are none to be read. */
export function readBasic(request: Request): { name: string; password: string } | undefined {
  const encoded = /^Basic +([^ ]+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1]
  if (encoded === undefined) return undefined
  let text = ':'
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
    text = new TextDecoder().decode(bytes)
  } catch {
    // Not base64: a login that nobody has.
  }
  const colon = text.indexOf(':')
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** The user of a name and password. */
export function findUser(
  users: readonly User[],
  login: { readonly name: string; readonly password: string },
): User | undefined {
  return users.find(({ name, password }) => name === login.name && same(password, login.password))
}

/** Compares in a time that does not tell how much was right. */
function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}
