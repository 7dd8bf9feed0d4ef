// What stores and processes do wrong.
import { type Fault, failure } from './_store.ts'

/**
 * A process that ends when it has sent `most` requests: the last one reaches the store, or does not.
 *
 * @returns what it sends by, and when it has ended, what was under way included
 */
export function crashAfter(
  most: number,
  last: 'arrives' | 'is lost',
): { readonly fault: Fault; readonly ended: Promise<undefined> } {
  let sent = 0
  let open = 0
  let end: (nothing: undefined) => void
  const ended = new Promise<undefined>((resolve) => {
    end = resolve
  })
  const never = () => {
    if (open === 0) end(undefined)
    return new Promise<never>(() => {})
  }
  const fault: Fault = async (_, answer) => {
    sent += 1
    const isLast = sent === most
    if (sent > most || (isLast && last === 'is lost')) return never()
    open += 1
    const answered = await answer()
    open -= 1
    return sent >= most ? never() : answered
  }
  return { fault, ended }
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
