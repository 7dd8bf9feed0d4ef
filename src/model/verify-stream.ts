/**
 * Checks content while it flows. Apart from digests, since a page that only links reads no blob.
 *
 * @module
 */
import { ContentError } from '../errors.ts'
import { algorithmOf, createDigester, type Digest, type Digester } from './digest.ts'

/**
 * Passes a stream through and fails it where its size or digest turns out wrong. More bytes than
 * announced fail at once, before they are handed on.
 *
 * @throws through the stream: {@link ContentError} `SIZE_MISMATCH` or `DIGEST_MISMATCH`
 */
export function verifyStream(expected: {
  readonly digest: Digest
  readonly size?: number | undefined
}): TransformStream<Uint8Array, Uint8Array> {
  let digester: Digester
  const limit = expected.size ?? Number.POSITIVE_INFINITY
  return new TransformStream({
    async start() {
      digester = await createDigester(algorithmOf(expected.digest))
    },
    async transform(chunk, controller) {
      await digester.update(chunk)
      if (digester.size > limit) {
        throw new ContentError('SIZE_MISMATCH', expected.digest, limit, digester.size)
      }
      controller.enqueue(chunk)
    },
    async flush() {
      if (expected.size !== undefined && digester.size !== expected.size) {
        throw new ContentError('SIZE_MISMATCH', expected.digest, expected.size, digester.size)
      }
      const actual = await digester.digest()
      if (actual !== expected.digest) {
        throw new ContentError('DIGEST_MISMATCH', 'content', expected.digest, actual)
      }
    },
  })
}
