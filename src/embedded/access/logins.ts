/**
 * Names and passwords, as Basic sends them (RFC 7617), in UTF-8.
 *
 * @module
 */
import { decodeBase64 } from '../../platform/base64.ts'
import type { User } from './permissions.ts'

/** Name and password of a request; undefined where there are none to be read. */
export function readBasic(request: Request): { name: string; password: string } | undefined {
  const encoded = /^Basic +([^ ]+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1]
  if (encoded === undefined) return undefined
  const bytes = decodeBase64(encoded)
  // What is no base64 is a login that nobody has.
  const text = bytes ? new TextDecoder().decode(bytes) : ':'
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

/** Compares in a time that does not depend on where the texts differ. */
function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}
