/**
 * A temporary file that is appended to through two buffers: one fills while the other is written.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises'

// Small blobs are one write, large ones few: 512 KiB is as fast as anything above it. The first buffer
// goes by the first bytes: thousands of sessions that have just begun must not cost much.
const FIRST_BUFFERS = [8 * 1024, 64 * 1024]
const NEXT_BUFFER = 512 * 1024

/** A file that grows at its end. Calls of it must not overlap, but for `close`. */
export interface BufferedFile {
  /** Appends a copy of the bytes; resolves when more may come. */
  append(bytes: Uint8Array): Promise<void>
  /** Writes what is in the buffers; afterwards the file holds every byte that was appended. */
  flush(): Promise<void>
  /** The same, and makes the bytes last. */
  sync(): Promise<void>
  /** The same, and gives back the buffers and the handle; the next call opens the file again. */
  release(): Promise<void>
  /** Closes the file once a write under way has ended; drops what is in the buffers. */
  close(): Promise<void>
}

/**
 * Starts a file, which is made by the first write.
 *
 * @param path - where nothing is yet
 */
export function createBufferedFile(path: string): BufferedFile {
  let file: FileHandle | undefined
  let isMade = false
  let closed = false
  /** After a write that failed it is not known what the file holds: every other one fails as well. */
  let failure: { readonly error: unknown } | undefined
  let buffer: Uint8Array = new Uint8Array(0)
  let used = 0
  /** The other buffer, while it is not being written. */
  let spare: Uint8Array | undefined
  let position = 0
  let writing: Promise<void> = Promise.resolve()

  async function write(bytes: Uint8Array): Promise<void> {
    if (failure) throw failure.error
    if (closed) return
    try {
      file ??= await open(path, isMade ? 'r+' : 'wx+')
      isMade = true
      for (let done = 0; done < bytes.byteLength; ) {
        const rest = bytes.byteLength - done
        const { bytesWritten } = await file.write(bytes, done, rest, position)
        done += bytesWritten
        position += bytesWritten
      }
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  /** Starts to write the full buffer, when the write before has ended, and goes on with the other. */
  async function swap(): Promise<void> {
    await writing
    const full = buffer
    const size = Math.max(full.byteLength, NEXT_BUFFER)
    const next = spare ?? new Uint8Array(size)
    spare = undefined
    buffer = next
    used = 0
    writing = write(full).then(() => {
      if (full.byteLength === next.byteLength) spare = full
    })
    // A failure is thrown by the next swap, flush or close; until then nothing awaits it.
    writing.catch(() => undefined)
  }
  async function flush(): Promise<void> {
    await writing
    await write(buffer.subarray(0, used))
    used = 0
  }
  return {
    flush,
    async append(bytes) {
      for (let done = 0; done < bytes.byteLength; ) {
        if (buffer.byteLength === 0) {
          const first = FIRST_BUFFERS.find((size) => bytes.byteLength < size)
          buffer = new Uint8Array(first ?? NEXT_BUFFER)
        }
        const part = bytes.subarray(done, done + buffer.byteLength - used)
        buffer.set(part, used)
        used += part.byteLength
        done += part.byteLength
        if (used === buffer.byteLength) await swap()
      }
    },
    async sync() {
      await flush()
      await file?.datasync()
    },
    async release() {
      await flush()
      buffer = new Uint8Array(0)
      spare = undefined
      const handle = file
      file = undefined
      await handle?.close()
    },
    async close() {
      closed = true
      await writing.catch(() => undefined)
      await file?.close()
    },
  }
}
