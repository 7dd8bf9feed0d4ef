/**
 * Archives that are compressed. What is compressed cannot be read from any place on: it is unpacked first.
 *
 * @module
 */
import { ContentError, InvalidInputError } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'

/** First bytes of what is compressed (RFC 1952 section 2.3.1; RFC 8878 section 3.1.1; the programs' own pages). */
const GZIP = [0x1f, 0x8b]
const others: Readonly<Record<string, readonly number[]>> = {
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  bzip2: [0x42, 0x5a, 0x68],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
}

/**
 * Whether an archive is compressed with gzip.
 *
 * @throws {@link InvalidInputError} where it is compressed in another way
 */
export async function isGzip({ name, size, reading }: ByteSource): Promise<boolean> {
  const beginning = await reading((read) => read(0, Math.min(size, 8)))
  const begins = (magic: readonly number[]) => magic.every((byte, at) => beginning[at] === byte)
  const [other] = Object.entries(others).find(([, magic]) => begins(magic)) ?? []
  if (other === undefined) return begins(GZIP)
  throw new InvalidInputError('INVALID_INPUT', name, 'a tar archive, with gzip or without', other)
}

/** What unpacks gzip. */
export type Gunzip = ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>

/** What every runtime has. It refuses gzip of several members, which few tools write. */
export function webGunzip(): Gunzip {
  // The two sides are of one type only where the library is newer than ours.
  return new DecompressionStream('gzip') as unknown as Gunzip
}

/**
 * Unpacks gzip.
 *
 * @param limit - bytes that come out, at most
 * @param decompression - what unpacks it
 * @throws through the stream: {@link ContentError} `TOO_LARGE`; {@link InvalidInputError} for what is no gzip or
 *   was cut
 */
export function gunzip(
  packed: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
  name: string,
  decompression: Gunzip = webGunzip(),
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const unpacked = packed.pipeThrough(decompression)
  return bounded(unpacked, limit, `${name}, unpacked, in bytes`, (cause) => {
    const message = `"${name}" must be whole gzip: ${cause instanceof Error ? cause.message : cause}`
    return new InvalidInputError('INVALID_INPUT', name, 'whole gzip', 'none', {
      cause,
      message,
    })
  })
}

/**
 * A stream that fails where it is longer than it may be.
 *
 * @param explain - what to throw for an error of the stream
 */
export function bounded(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
  what: string,
  explain: (error: unknown) => unknown = (error) => error,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  let size = 0
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch((error) => {
          throw explain(error)
        })
        if (done) return controller.close()
        size += value.byteLength
        if (size > limit) {
          const hint = 'Pass a larger "unpackedLimit" to archive()'
          const error = new ContentError('TOO_LARGE', what, limit, size, { hint })
          reader.cancel(error).catch(() => undefined)
          throw error
        }
        controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
