// The hasher that the runtime has picked by itself.
import { digestOf, digestOfStream, verifyStream } from 'ocilink'
import { equal, failure, holds } from './check.ts'
import { bytesOf, drain, MiB, streamOf } from './content.ts'
import { type SuiteTest, test } from './test.ts'

/** Of `abc`: FIPS 180-4's examples. */
const abc = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384:
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
} as const

/** Of nothing. */
const nothing = {
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  sha384:
    '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  sha512:
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
} as const

/** Of what `bytesOf(64 * MiB)` gives, by sha256sum. */
const BYTES_64 = '4e77994d3ce80cacf412810ac34b77e3a71a32b9a288c49b8502a6ef26b210f5'

const algorithms = ['sha256', 'sha384', 'sha512'] as const
const text = new TextEncoder().encode('abc')

function streamOfPieces(
  pieces: readonly Uint8Array<ArrayBuffer>[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0
  return new ReadableStream({
    pull(controller) {
      if (next === pieces.length) controller.close()
      else controller.enqueue(pieces[next++]!)
    },
  })
}

export const hashing: readonly SuiteTest[] = [
  test('hashes bytes in memory', async () => {
    for (const one of algorithms) equal(await digestOf(text, one), `${one}:${abc[one]}`)
  }),

  test('hashes nothing, in memory and as a stream', async () => {
    const empty = new Uint8Array(0)
    for (const one of algorithms) {
      equal(await digestOf(empty, one), `${one}:${nothing[one]}`)
      const { digest, size } = await digestOfStream(streamOf(empty), one)
      equal([digest, size], [`${one}:${nothing[one]}`, 0])
      equal((await digestOfStream(streamOfPieces([empty, empty]), one)).digest, digest)
    }
  }),

  test('hashes a stream of many small pieces, some of them empty', async () => {
    const bytes = bytesOf(20_000)
    const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
    const some = pieces.flatMap((piece, i) =>
      i % 100 === 0 ? [new Uint8Array(0), piece] : [piece],
    )
    for (const one of algorithms) {
      equal((await digestOfStream(streamOfPieces(some), one)).digest, await digestOf(bytes, one))
    }
  }),

  test('hashes several streams at once, also where one fails and one is left', async () => {
    const cause = new Error('broken')
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(cause),
    })
    const left = streamOf(bytesOf(MiB)).pipeThrough(
      verifyStream({ digest: await digestOf(text), size: MiB }),
    )
    const reader = left.getReader()
    holds((await reader.read()).value !== undefined, 'something was read')
    const failing = failure<unknown>(digestOfStream(broken))
    const hashing = algorithms.map((one) => digestOfStream(streamOf(text, 1), one))
    await reader.cancel()
    holds((await failing) === cause, 'it fails with what the stream fails with')
    for (const [i, one] of algorithms.entries()) {
      equal((await hashing[i]!).digest, `${one}:${abc[one]}`)
    }
  }),

  test('hashes streams', async () => {
    for (const one of algorithms) {
      const { digest, size } = await digestOfStream(streamOf(text, 1), one)
      equal([digest, size], [`${one}:${abc[one]}`, 3])
    }
  }),

  test('hashes a stream of 64 MiB as it does the bytes', async () => {
    const bytes = bytesOf(64 * MiB)
    const { digest, size } = await digestOfStream(streamOf(bytes))
    equal([digest, size], [`sha256:${BYTES_64}`, 64 * MiB])
    equal(await digestOf(bytes), digest)
  }),

  test('takes a piece whose memory is used again', async () => {
    // Pieces of one buffer: what is hashed later than it is given would be of the last one.
    const wanted = await digestOf(bytesOf(8 * MiB))
    const from = bytesOf(8 * MiB)
    const buffer = new Uint8Array(MiB)
    let offset = 0
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull(controller) {
          if (offset === from.byteLength) return controller.close()
          buffer.set(from.subarray(offset, offset + MiB))
          offset += MiB
          controller.enqueue(buffer)
        },
      },
      { highWaterMark: 0 },
    )
    equal((await digestOfStream(stream)).digest, wanted)
  }),

  test('fails a stream of another digest at its end', async () => {
    const bytes = bytesOf(MiB)
    const digest = await digestOf(text)
    const checked = streamOf(bytes).pipeThrough(verifyStream({ digest, size: MiB }))
    equal((await failure(drain(checked))).code, 'DIGEST_MISMATCH')
  }),
]
