/**
 * A request's body, as Node's client sends it.
 *
 * @module
 */

/** The beginning of a body, and what is still to come of a stream. */
export interface Body {
  readonly first: Uint8Array
  readonly rest?: AsyncIterator<Uint8Array> | undefined
  /** Bytes in all, where the request does not say so and they are known. */
  readonly length?: number | undefined
}

/**
 * Reads so much of a body that its length is known, if it is not a stream: a `Request` has a stream of both, and some
 * registries take no manifest without a length.
 */
export async function readBody({ body, headers }: Request): Promise<Body | undefined> {
  if (!body) return undefined
  const rest = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const { done, value: first = new Uint8Array() } = await rest.next()
  const { byteLength: length } = first
  const said = headers.get('content-length')
  if (done) return { first, length }
  if (said === String(length)) {
    // Nothing more comes: who sends it must not wait for being asked.
    await rest.return?.()
    return { first, length }
  }
  if (said !== null) return { first, rest }
  const second = await rest.next()
  return second.done ? { first, length } : { first, rest: startingWith(second.value, rest) }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* { [Symbol.asyncIterator]: () => rest }
}
