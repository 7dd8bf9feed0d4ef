/**
 * The "#hasher" of browsers: WebCrypto for bytes in memory, @noble/hashes for streams and for pages that are no
 * secure context. Node, Bun and Deno get `node/hasher.ts`, workerd gets `worker-hasher.ts`.
 *
 * @module
 */

import { toHex } from './hex.ts'

/** Digest algorithms of image-spec 1.1, "Registered algorithms", and sha384. */
export type Algorithm = 'sha256' | 'sha384' | 'sha512'

/** An incremental hash: bytes go in, the hash comes out once, in lower-case hex. */
export interface Hasher {
  /** A promise where the runtime hashes beside the program: the bytes are its own until then. */
  update(bytes: Uint8Array): void | Promise<void>
  digest(): string | Promise<string>
}

/** Starts an incremental hash. */
export async function createHasher(algorithm: Algorithm): Promise<Hasher> {
  // 4 kB that most pages never need: loaded when it is first needed.
  const algorithms = await import('@noble/hashes/sha2.js')
  const state = algorithms[algorithm].create()
  return { update: (bytes) => void state.update(bytes), digest: () => toHex(state.digest()) }
}

/** Hashes bytes that are in memory. */
export async function hash(algorithm: Algorithm, bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle
  if (subtle) {
    const name = `SHA-${algorithm.slice(3)}`
    return toHex(new Uint8Array(await subtle.digest(name, bytes as Uint8Array<ArrayBuffer>)))
  }
  const hasher = await createHasher(algorithm)
  hasher.update(bytes)
  return hasher.digest()
}
