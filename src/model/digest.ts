/**
 * Digests: `<algorithm>:<lower-case hex>` (image-spec 1.1, descriptor.md, "Digests").
 *
 * @module
 */
import { createHasher, hash } from '#hasher'
import { ContentError, InvalidInputError } from '../errors.ts'
import type { Algorithm } from '../platform/hasher.ts'

declare const brand: unique symbol

/** A checked digest, `sha256:<64 hex>`, `sha384:<96 hex>` or `sha512:<128 hex>`. */
export type Digest = `${Algorithm}:${string}` & { readonly [brand]: 'Digest' }

/** What a digest looks like, for errors. */
export const DIGEST_SHAPE = 'sha256:<64 hex>, sha384:<96 hex> or sha512:<128 hex> in lower case'

const hexLength = { sha256: 64, sha384: 96, sha512: 128 } as const

/**
 * Checks a digest's text.
 *
 * @param text - `<algorithm>:<hex>`, lower case
 * @param path - name of the field, for the error
 * @throws {@link InvalidInputError} `INVALID_DIGEST` for any other text or an unknown algorithm
 * @example
 * ```ts
 * import { parseDigest } from 'ocilink'
 *
 * parseDigest('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
 * ```
 */
export function parseDigest(text: string, path = 'digest'): Digest {
  if (!isDigest(text)) {
    throw new InvalidInputError('INVALID_DIGEST', path, DIGEST_SHAPE, text)
  }
  return text
}

/** Whether `text` is a digest of a known algorithm. */
export function isDigest(text: unknown): text is Digest {
  if (typeof text !== 'string') return false
  const match = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(text)
  return match !== null && match[2]!.length === hexLength[match[1] as Algorithm]
}

/** The algorithm of a digest. */
export function algorithmOf(digest: Digest): Algorithm {
  return digest.slice(0, 6) as Algorithm
}

/** Digest of bytes in memory. */
export async function digestOf(
  bytes: Uint8Array,
  algorithm: Algorithm = 'sha256',
): Promise<Digest> {
  return `${algorithm}:${await hash(algorithm, bytes)}` as Digest
}

/** Hashes and counts bytes as they pass. */
export interface Digester {
  /** Wait for it before the bytes' memory is used again, and before the next. */
  update(bytes: Uint8Array): void | Promise<void>
  /** How many bytes have passed so far. */
  readonly size: number
  /** The digest; ends the hash. */
  digest(): Promise<Digest>
}

/** Starts an incremental digest. */
export async function createDigester(algorithm: Algorithm = 'sha256'): Promise<Digester> {
  const hasher = await createHasher(algorithm)
  let size = 0
  return {
    update(bytes) {
      size += bytes.byteLength
      return hasher.update(bytes)
    },
    get size() {
      return size
    },
    digest: async () => `${algorithm}:${await hasher.digest()}` as Digest,
  }
}

/** Digest and size of a stream, reading it to its end. */
export async function digestOfStream(
  stream: ReadableStream<Uint8Array>,
  algorithm: Algorithm = 'sha256',
): Promise<{ digest: Digest; size: number }> {
  const digester = await createDigester(algorithm)
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { size: digester.size, digest: await digester.digest() }
    await digester.update(value)
  }
}

/**
 * Checks bytes in memory against what a descriptor says.
 *
 * @throws {@link ContentError} `SIZE_MISMATCH` or `DIGEST_MISMATCH`
 */
export async function verifyBytes(
  bytes: Uint8Array,
  expected: { readonly digest: Digest; readonly size?: number | undefined },
): Promise<void> {
  if (expected.size !== undefined && bytes.byteLength !== expected.size) {
    throw new ContentError('SIZE_MISMATCH', expected.digest, expected.size, bytes.byteLength)
  }
  const actual = await digestOf(bytes, algorithmOf(expected.digest))
  if (actual !== expected.digest) {
    throw new ContentError('DIGEST_MISMATCH', 'content', expected.digest, actual)
  }
}
