/**
 * Writes a blob of a layout: to a temporary file, which is moved into place once it is whole.
 *
 * @module
 */
import { rm } from 'node:fs/promises'
import type { BlobWriter } from '../../embedded/storage/storage.ts'
import type { Digest } from '../../model/digest.ts'
import { createBufferedFile } from './buffered-file.ts'
import { streamFile } from './read-blob.ts'

/**
 * Starts a blob.
 *
 * @param path - of the temporary file
 * @param keep - moves the file to where blobs are
 * @param onEnd - called once, when the blob was kept or dropped
 */
export function writeBlob(
  path: string,
  keep: (digest: Digest) => Promise<void>,
  onEnd: () => void,
): BlobWriter {
  const file = createBufferedFile(path)
  let size = 0
  let ended = false

  async function drop(): Promise<void> {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
  }
  return {
    get size() {
      return size
    },
    async append(bytes) {
      // A session may be cancelled while a request still writes to it.
      if (ended) return
      await file.append(bytes)
      size += bytes.byteLength
    },
    stream: () =>
      streamAfter(
        () => file.flush(),
        () => streamFile(path, 0, size),
      ),
    async release() {
      if (!ended) await file.release()
    },
    async commit(digest) {
      if (ended) throw new TypeError(`the blob in ${path} was committed or discarded before`)
      try {
        await file.sync()
        ended = true
        await file.close()
        await keep(digest)
      } catch (error) {
        // What could not be made to last once is not tried again: the system may have dropped it.
        ended = true
        await drop()
        throw error
      } finally {
        onEnd()
      }
    },
    async discard() {
      if (ended) return
      ended = true
      onEnd()
      await drop()
    },
  }
}

/** A stream that is opened, after a step before it, by the first read. */
function streamAfter(
  step: () => Promise<void>,
  open: () => ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let source: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  return new ReadableStream(
    {
      async pull(controller) {
        if (!source) {
          await step()
          source = open().getReader()
        }
        const { done, value } = await source.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => source?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
