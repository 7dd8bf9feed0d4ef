/**
 * Blobs of a layout: read from their files piece by piece, and written to temporary files that are
 * moved into place when they are whole.
 *
 * @module
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import type { BlobWriter, StoredBlob } from '../../embedded/storage/storage.ts'
import type { Digest } from '../../model/digest.ts'
import { look, openFile } from './durable.ts'

// Read at once, and read ahead while the last piece is sent.
const readSize = 256 * 1024
// Collected before they are written: small blobs are one write, large ones are few.
const firstWrite = 64 * 1024
const nextWrite = 512 * 1024

/** A blob that is a file. */
export interface BlobFile extends StoredBlob {
  readonly path: string
}

/** The blob in a file; undefined where there is none. */
export async function findBlobFile(path: string): Promise<BlobFile | undefined> {
  const found = await look(path)
  if (!found?.isFile()) return undefined
  const { size } = found
  return { path, size, stream: (start = 0, end = size) => streamFile(path, start, end) }
}

/** Bytes of a file in [start, end). Nothing is opened before they are asked for. */
function streamFile(
  path: string,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let file: FileHandle | undefined
  let at = start
  let ahead: Promise<Uint8Array<ArrayBuffer>> | undefined

  async function read(): Promise<Uint8Array<ArrayBuffer>> {
    file ??= await openFile(path)
    if (!file) throw new Error(`${path} was deleted`)
    const piece = Buffer.allocUnsafeSlow(Math.min(readSize, end - at))
    const { bytesRead } = await file.read(piece, 0, piece.byteLength, at)
    if (bytesRead === 0) throw new Error(`${path} ends before byte ${end}`)
    at += bytesRead
    return piece.subarray(0, bytesRead)
  }
  async function close(): Promise<void> {
    await ahead?.catch(() => undefined)
    await file?.close()
  }
  return new ReadableStream(
    {
      async pull(controller) {
        if (at >= end && !ahead) return controller.close()
        try {
          const piece = await (ahead ?? read())
          ahead = at < end ? read() : undefined
          // Told when it is asked for; meanwhile nobody listens.
          ahead?.catch(() => undefined)
          controller.enqueue(piece)
          if (ahead) return
        } catch (error) {
          await close()
          throw error
        }
        await close()
        controller.close()
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  )
}

/**
 * Writes a blob to a temporary file. Bytes are taken into one buffer while the other is written.
 *
 * @param path - of the temporary file
 * @param keep - moves the file to where blobs are
 * @param onEnd - called when the blob was kept or dropped
 */
export function writeBlobFile(
  path: string,
  keep: (digest: Digest) => Promise<void>,
  onEnd: () => void,
): BlobWriter {
  let file: FileHandle | undefined
  let free: Uint8Array | undefined
  let buffer: Uint8Array = new Uint8Array(0)
  let used = 0
  let size = 0
  let position = 0
  let writing: Promise<void> = Promise.resolve()
  let ended = false

  /** Starts to write what was collected; waits for the write before. */
  async function flush(): Promise<void> {
    await writing
    const full = buffer
    const bytes = full.subarray(0, used)
    const next = free ?? new Uint8Array(full.byteLength < nextWrite ? nextWrite : full.byteLength)
    free = undefined
    buffer = next
    used = 0
    writing = writeAll(bytes).then(() => {
      if (full.byteLength === next.byteLength) free = full
    })
    // Told at the next write, or at the end; until then nobody listens.
    writing.catch(() => undefined)
  }
  async function writeAll(bytes: Uint8Array): Promise<void> {
    if (ended) return
    file ??= await open(path, 'wx+')
    let done = 0
    while (done < bytes.byteLength) {
      const rest = bytes.byteLength - done
      const { bytesWritten } = await file.write(bytes, done, rest, position)
      done += bytesWritten
      position += bytesWritten
    }
  }
  async function finish(): Promise<FileHandle> {
    await writing
    await writeAll(buffer.subarray(0, used))
    used = 0
    file ??= await open(path, 'wx+')
    return file
  }
  return {
    get size() {
      return size
    },
    async append(bytes) {
      // A session may be cancelled while a request still writes to it.
      if (ended) return
      for (let done = 0; done < bytes.byteLength; ) {
        if (buffer.byteLength === 0) {
          buffer = new Uint8Array(bytes.byteLength < firstWrite ? firstWrite : nextWrite)
        }
        const part = bytes.subarray(done, done + buffer.byteLength - used)
        buffer.set(part, used)
        used += part.byteLength
        done += part.byteLength
        if (used === buffer.byteLength) await flush()
      }
      size += bytes.byteLength
    },
    stream() {
      let source: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
      return new ReadableStream({
        async pull(controller) {
          if (!source) {
            await finish()
            source = streamFile(path, 0, size).getReader()
          }
          const { done, value } = await source.read()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => source?.cancel(reason),
      })
    },
    async commit(digest) {
      if (ended) throw new Error(`${path} was committed or discarded before`)
      try {
        const handle = await finish()
        await handle.datasync()
        ended = true
        await handle.close()
        await keep(digest)
      } catch (error) {
        // What could not be made to last once is not tried again: the system may have dropped it.
        ended = true
        await file?.close().catch(() => undefined)
        await rm(path, { force: true })
        throw error
      } finally {
        onEnd()
      }
    },
    async discard() {
      if (ended) return
      ended = true
      onEnd()
      await writing.catch(() => undefined)
      await file?.close()
      await rm(path, { force: true })
    },
  }
}
