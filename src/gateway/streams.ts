/**
 * Bodies that pass through: each chunk is handed on as it came, and a side that stands still is not waited for for ever.
 *
 * @module
 */
import { ConnectionError } from '../errors.ts'

type Bytes = ReadableStream<Uint8Array>

/**
 * The body of an answer. It fails where the upstream sends nothing for too long; how long the client takes to read is not
 * counted.
 *
 * @param timeout - milliseconds
 * @param onEnd - called when it has ended, failed or was let go; maybe more than once
 */
export function answerBody(body: Bytes, from: string, timeout: number, onEnd: () => void): Bytes {
  const stall = () => {
    const message = `The upstream sent nothing more for ${timeout} ms`
    return new ConnectionError('TIMEOUT', message, from)
  }
  return handedOn(body, {
    onEnd,
    read: (next) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(stall()), timeout)
        next.then(resolve, reject).finally(() => clearTimeout(timer))
      }),
  })
}

/**
 * The body of a request. It tells where the upstream takes nothing for too long; how long the client takes to send is not
 * counted.
 *
 * @param timeout - milliseconds
 * @param onEnd - as of `answerBody`
 */
export function requestBody(
  body: Bytes,
  timeout: number,
  { onStall, onEnd }: { readonly onStall: () => void; readonly onEnd: () => void },
): Bytes {
  let timer: ReturnType<typeof setTimeout> | undefined
  return handedOn(body, {
    onEnd() {
      clearTimeout(timer)
      onEnd()
    },
    async read(next) {
      clearTimeout(timer)
      const result = await next
      timer = setTimeout(onStall, timeout)
      return result
    },
  })
}

type Next = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

/** Reads a chunk when one is wanted. */
function handedOn(
  body: Bytes,
  watch: { readonly onEnd: () => void; read(next: Promise<Next>): Promise<Next> },
): Bytes {
  const reader = body.getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await watch.read(reader.read())
          if (!done) return controller.enqueue(value)
          watch.onEnd()
          controller.close()
        } catch (error) {
          watch.onEnd()
          controller.error(error)
          reader.cancel(error).catch(() => {})
        }
      },
      cancel(reason) {
        watch.onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
