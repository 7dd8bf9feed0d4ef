/**
 * What comes in an answer: bounded reads, since no registry decides how much memory we use, and fields of JSON.
 *
 * @module
 */
import { ContentError } from '../errors.ts'

/** Lets go of a body that is not wanted. Not waited for: it may hang, or break. */
export function dropBody({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/**
 * Reads a body to its end, but never more than `limit` bytes of it.
 *
 * @param beyond - what to do with more: `'throw'` or `'cut'`
 * @param signal - ends the read, also of a body that does not know it
 * @throws `ContentError` `TOO_LARGE`
 */
export async function readBounded(
  response: Response,
  limit: number,
  beyond: 'throw' | 'cut' = 'throw',
  signal?: AbortSignal | undefined,
): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length'))
  if (announced > limit && beyond === 'throw') {
    dropBody(response)
    throw new ContentError('TOO_LARGE', 'answer in bytes', limit, announced)
  }
  if (!response.body) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  signal?.throwIfAborted()
  // A cancelled reader answers at once, whatever its source does.
  const stop = () => void reader.cancel().catch(() => {})
  signal?.addEventListener('abort', stop)
  try {
    while (size <= limit) {
      const { done, value } = await reader.read()
      signal?.throwIfAborted()
      if (done) return concat(chunks, size)
      size += value.byteLength
      chunks.push(value)
    }
    if (beyond === 'cut') return concat(chunks, limit)
    throw new ContentError('TOO_LARGE', 'answer in bytes', limit, size)
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

/** Puts chunks together, cut to `size` bytes. */
export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1 && chunks[0]!.byteLength === size) return chunks[0]!
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk.subarray(0, size - offset), offset)
    offset = Math.min(size, offset + chunk.byteLength)
  }
  return whole
}

/**
 * The fields of an object in JSON, or of a list; none of anything else, such as bytes that are no JSON. For single
 * fields that are looked at: what has to be right is read by the parsers of `model/`, whose errors say what is wrong.
 */
export function fieldsOf(bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return {}
  }
}
