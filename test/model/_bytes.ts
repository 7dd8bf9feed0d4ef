// Bytes, streams and digests for tests. Digests are made with node:crypto, so that the package's own
// hashing is not tested against itself.
import { createHash } from 'node:crypto'

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

export function sha(text: string | Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(text).digest('hex')}`
}

/** A stream of these chunks; text is UTF-8. */
export function streamOf(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === 'string' ? utf8(chunk) : chunk)
      }
      controller.close()
    },
  })
}

/** What a call throws; fails the test when it does not throw. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/**
 * A stream that goes on for as long as anybody should read it: 200 chunks, and then it ends, so that
 * a reader that does not stop is found out instead of running for ever.
 */
export function endless(chunk: Uint8Array): {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly sent: () => number
  readonly cancelled: () => boolean
} {
  let sent = 0
  let cancelled = false
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (sent === 200) return controller.close()
        sent++
        controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
      },
      cancel() {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, sent: () => sent, cancelled: () => cancelled }
}
