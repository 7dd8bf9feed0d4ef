/**
 * The "#hasher" of browsers and workers: @noble/hashes. Node, Bun and Deno get `node/hasher.ts`.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

/** Digest algorithms of image-spec 1.1, "Registered algorithms", and sha384. */
export type Algorithm = 'sha256' | 'sha384' | 'sha512'

/** An incremental hash: bytes go in, the raw hash comes out once. */
export interface Hasher {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** Starts an incremental hash. */
export async function createHasher(algorithm: Algorithm): Promise<Hasher> {
  if (algorithm === 'sha256') return wrap(sha256.create())
  // Rare, and 2 kB: fetched when first asked for.
  const { sha384, sha512 } = await import('@noble/hashes/sha2.js')
  return wrap((algorithm === 'sha384' ? sha384 : sha512).create())
}

/** Hashes bytes that are in memory: WebCrypto where the page is a secure context. */
export async function hash(algorithm: Algorithm, bytes: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle
  if (subtle) {
    const name = `SHA-${algorithm.slice(3)}`
    return new Uint8Array(await subtle.digest(name, bytes as Uint8Array<ArrayBuffer>))
  }
  const hasher = await createHasher(algorithm)
  hasher.update(bytes)
  return hasher.digest()
}

function wrap(state: { update(bytes: Uint8Array): unknown; digest(): Uint8Array }): Hasher {
  return { update: (bytes) => void state.update(bytes), digest: () => state.digest() }
}
