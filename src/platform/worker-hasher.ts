/**
 * The "#hasher" of workerd, which has WebCrypto and a hash that bytes are written to: ten times the speed of
 * @noble/hashes (measured over 1 MiB chunks).
 *
 * @module
 * @see {@link https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#constructors}
 */
import type { Algorithm, Hasher } from './hasher.ts'
import { toHex } from './hex.ts'

/** What workerd adds to `crypto`. */
interface WorkerCrypto extends Crypto {
  readonly DigestStream: new (
    algorithm: string,
  ) => WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> }
}

/** WebCrypto's name of an algorithm. */
const nameOf = (algorithm: Algorithm) => `SHA-${algorithm.slice(3)}`

/** Starts an incremental hash. */
export async function createHasher(algorithm: Algorithm): Promise<Hasher> {
  const stream = new (crypto as WorkerCrypto).DigestStream(nameOf(algorithm))
  const writer = stream.getWriter()
  return {
    update: (bytes) => writer.write(bytes),
    async digest() {
      await writer.close()
      return toHex(new Uint8Array(await stream.digest))
    },
  }
}

/** Hashes bytes that are in memory. */
export async function hash(algorithm: Algorithm, bytes: Uint8Array): Promise<string> {
  const hashed = await crypto.subtle.digest(nameOf(algorithm), bytes as Uint8Array<ArrayBuffer>)
  return toHex(new Uint8Array(hashed))
}
