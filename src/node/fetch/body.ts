/**
 * A request's body, as Node's client sends it.
 *
 * @module
 */
import { untilAborted } from '../../platform/abort.ts'

type Chunk =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: Uint8Array | undefined }

/** What is still to come of a body. */
export interface Chunks {
  next(): Promise<Chunk>
  /** Lets go of it, also where a chunk is waited for. */
  end(): void
}

/** The beginning of a body, and what is still to come of a stream. */
export interface Body {
  readonly first: Uint8Array
  readonly rest?: Chunks | undefined
  /** Bytes in all, where the request does not say so and they are known. */
  readonly length?: number | undefined
}

/**
 * Reads so much of a body that its length is known, if it is not a stream: a `Request` has a stream of both, and some
 * registries take no manifest without a length.
 *
 * @throws what the body fails with, or the reason of the request's signal
 */
export async function readBody(request: Request): Promise<Body | undefined> {
  const { body, signal } = request
  signal.throwIfAborted()
  if (!body) return undefined
  const rest = chunksOf(body)
  try {
    return await untilAborted(begin(rest, request.headers), signal)
  } catch (error) {
    rest.end()
    throw error
  }
}

async function begin(rest: Chunks, headers: Headers): Promise<Body> {
  const { done, value: first = new Uint8Array() } = await rest.next()
  const { byteLength: length } = first
  const said = headers.get('content-length')
  if (done) return { first, length }
  if (said === String(length)) {
    // Nothing more comes: who sends it must not wait for being asked.
    rest.end()
    return { first, length }
  }
  if (said !== null) return { first, rest }
  const second = await rest.next()
  return second.done ? { first, length } : { first, rest: startingWith(second.value, rest) }
}

function startingWith(first: Uint8Array, rest: Chunks): Chunks {
  let isFirst = true
  return {
    end: rest.end,
    async next() {
      if (!isFirst) return rest.next()
      isFirst = false
      return { done: false, value: first }
    },
  }
}

/** An iterator would let go of a stream only once the chunk that it waits for has come. */
function chunksOf(body: ReadableStream<Uint8Array>): Chunks {
  const reader = body.getReader()
  return {
    next: () => reader.read(),
    end: () => void reader.cancel().catch(() => {}),
  }
}
