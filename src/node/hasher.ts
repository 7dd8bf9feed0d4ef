/**
 * The "#hasher" of Node, Bun and Deno: node:crypto, eight times the speed of @noble/hashes (measured
 * over 1 MiB chunks on Node 24).
 *
 * @module
 */
import * as crypto from 'node:crypto'
import type { Algorithm, Hasher } from '../platform/hasher.ts'

/** Starts an incremental hash. */
export async function createHasher(algorithm: Algorithm): Promise<Hasher> {
  const state = crypto.createHash(algorithm)
  return { update: (bytes) => void state.update(bytes), digest: () => state.digest('hex') }
}

/** Hashes bytes that are in memory; no promise, which would take a tenth of the time of a kibibyte. */
export function hash(algorithm: Algorithm, bytes: Uint8Array): string {
  // A quarter less time for a kibibyte, on Node 24. Old versions of Bun and Deno have none.
  if (crypto.hash) return crypto.hash(algorithm, bytes, 'hex')
  return crypto.createHash(algorithm).update(bytes).digest('hex')
}
