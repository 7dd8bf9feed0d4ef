// What the embedded registry's tests use of node:crypto, for a page: hashing that is not the
// package's own path through WebCrypto.
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

export const randomUUID = (): string => crypto.randomUUID()

const algorithms = { sha256, sha384, sha512 }

export function createHash(name: keyof typeof algorithms) {
  const state = algorithms[name].create()
  const hash = {
    update(content: string | Uint8Array) {
      state.update(typeof content === 'string' ? utf8ToBytes(content) : content)
      return hash
    },
    digest: (_: 'hex') => bytesToHex(state.digest()),
  }
  return hash
}
