/**
 * A stream that begins when it is first read.
 *
 * @module
 */

/** Makes one of a function that opens the stream. Nothing is opened before the first chunk is wanted. */
export function lazyStream<T extends Uint8Array>(
  open: () => ReadableStream<T> | Promise<ReadableStream<T>>,
): ReadableStream<T> {
  let reader: ReadableStreamDefaultReader<T> | undefined
  return new ReadableStream<T>(
    {
      async pull(controller) {
        reader ??= (await open()).getReader()
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
