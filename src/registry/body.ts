/**
 * Bounded reads of answers: no registry decides how much memory we use.
 *
 * @module
 */
import { ContentError } from '../errors.ts'

/**
 * Reads a body to its end, but never more than `limit` bytes of it.
 *
 * @param beyond - what to do with more: `'throw'` or `'cut'`
 * @throws `ContentError` `TOO_LARGE`
 */
export async function readBounded(
  response: Response,
  limit: number,
  beyond: 'throw' | 'cut' = 'throw',
): Promise<Uint8Array> {
  const announced = Number(response.headers.get('content-length'))
  if (announced > limit && beyond === 'throw') {
    await response.body?.cancel()
    throw new ContentError('TOO_LARGE', 'answer in bytes', limit, announced)
  }
  if (!response.body) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    chunks.push(value)
    if (size <= limit) continue
    await reader.cancel()
    if (beyond === 'throw') throw new ContentError('TOO_LARGE', 'answer in bytes', limit, size)
    size = limit
    break
  }
  return concat(chunks, size)
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
