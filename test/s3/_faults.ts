// What stores and processes do wrong.
import { type Fault, failure } from './_store.ts'

/** A process that ends when it has sent `most` requests: the last one reaches the store, or does not. */
export function crashAfter(most: number, last: 'arrives' | 'is lost'): Fault {
  let sent = 0
  return async (_, answer) => {
    sent += 1
    if (sent > most) return new Promise(() => {})
    if (sent === most) {
      if (last === 'arrives') await answer()
      return new Promise(() => {})
    }
    return answer()
  }
}

/** Fails a share of all requests in one of these ways, by a sequence that a seed gives. */
export function flaky(
  seed: number,
  share: number,
  ways: readonly ('slow down' | 'reset' | 'lost answer' | 'cut')[],
): Fault {
  const random = randomBy(seed)
  return async (_, answer) => {
    if (random() >= share) return answer()
    switch (ways[Math.floor(random() * ways.length)]!) {
      case 'slow down':
        return failure(503, 'SlowDown')
      case 'reset':
        throw new TypeError('connection reset')
      case 'lost answer':
        await answer()
        throw new TypeError('connection reset')
      case 'cut':
        return cut(await answer())
    }
  }
}

/** The same answer, with half of its body. */
export async function cut(answer: Response): Promise<Response> {
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const { status, headers } = answer
  if (bytes.byteLength === 0) return new Response(null, { status, headers })
  let isSent = false
  const body = new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new TypeError('terminated'))
      isSent = true
      controller.enqueue(bytes.subarray(0, bytes.byteLength >> 1))
    },
  })
  return new Response(body, { status, headers })
}

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
export function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
