// What the embedded registry's tests use of node:crypto, for a page: hashing that is not the
// package's own path through WebCrypto.
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

interface Hash {
  update(content: string | Uint8Array): Hash
  digest(encoding: 'hex'): string
}

export const randomUUID = (): string => crypto.randomUUID()

export function createHash(name: 'sha256' | 'sha384' | 'sha512'): Hash {
  const state = { sha256: sha256, sha384: sha384, sha512: sha512 }[name].create()
  const hash: Hash = {
    update(content) {
      state.update(typeof content === 'string' ? utf8ToBytes(content) : content)
      return hash
    },
    digest: () => bytesToHex(state.digest()),
  }
  return hash
}
