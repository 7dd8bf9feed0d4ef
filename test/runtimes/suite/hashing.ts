// The hasher that the runtime has picked by itself.
import { digestOf, digestOfStream, verifyStream } from 'ocilink'
import { equal, failure } from './check.ts'
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

const algorithms = ['sha256', 'sha384', 'sha512'] as const
const text = new TextEncoder().encode('abc')

export const hashing: readonly SuiteTest[] = [
  test('hashes bytes in memory', async () => {
    for (const one of algorithms) equal(await digestOf(text, one), `${one}:${abc[one]}`)
    equal(
      await digestOf(new Uint8Array(0)),
      (await digestOfStream(streamOf(new Uint8Array(0)))).digest,
    )
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
    equal([digest, size], [await digestOf(bytes), 64 * MiB])
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
