/**
 * Reading request bodies: chunk by chunk, stopping when the request is aborted.
 *
 * @module
 */
import { concat } from '../../platform/body.ts'

const counts = new WeakMap<Request, number>()

/** How many bytes of a request's body were read so far. */
export function bytesRead(request: Request): number {
  return counts.get(request) ?? 0
}

/**
 * Hands a request's body to `take`, chunk by chunk, and waits for it each time.
 *
 * @throws the signal's reason when the request is aborted, and whatever the body or `take` throws
 */
export async function readChunks(
  request: Request,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const { signal } = request
  // Firefox has no Request.body.
  const stream = request.body ?? new Response(await request.arrayBuffer()).body
  signal.throwIfAborted()
  if (!stream) return
  const reader = stream.getReader()
  const stop = (reason: unknown) => void reader.cancel(reason).catch(() => undefined)
  // Cancelling ends a read that is under way; what it then returns is not looked at.
  const abort = () => stop(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return
      if (!ArrayBuffer.isView(value)) {
        throw new TypeError(`a body's chunks must be Uint8Array, got ${typeof value}`)
      }
      counts.set(request, bytesRead(request) + value.byteLength)
      await take(value)
      signal.throwIfAborted()
    }
  } catch (error) {
    stop(error)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** A whole body, or undefined when it is longer than `limit` bytes; the rest is not read. */
export async function readBytes(
  request: Request,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('Content-Length')) > limit) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  const tooLong = Symbol()
  try {
    await readChunks(request, async (chunk) => {
      size += chunk.byteLength
      if (size > limit) throw tooLong
      chunks.push(chunk)
    })
  } catch (error) {
    if (error === tooLong) return undefined
    throw error
  }
  return new Uint8Array(concat(chunks, size))
}
