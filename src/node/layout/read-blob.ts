/**
 * A blob that is a file, read piece by piece.
 *
 * @module
 */
import type { FileHandle } from 'node:fs/promises'
import type { StoredBlob } from '../../embedded/storage/storage.ts'
import { asPieceOf, endsBefore } from '../file-piece.ts'
import { look, openFile } from './durable.ts'

// Read at once, and read ahead while the last piece is sent.
const readSize = 256 * 1024

/** A blob that is a file. */
export interface BlobFile extends StoredBlob {
  readonly path: string
}

/** The blob in a file; undefined where there is none. */
export async function findBlobFile(path: string): Promise<BlobFile | undefined> {
  const found = await look(path)
  if (!found?.isFile()) return undefined
  return blobFile(path, found.size)
}

/** The blob in a file that was found. */
export function blobFile(path: string, size: number): BlobFile {
  return { path, size, stream: (start = 0, end = size) => streamFile(path, start, end) }
}

/** Bytes of a file in [start, end). The file is opened by the first read. */
export function streamFile(
  path: string,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const piece = { path, start, end }
  let file: FileHandle | undefined
  let at = start
  let ahead: Promise<Uint8Array<ArrayBuffer>> | undefined

  async function read(): Promise<Uint8Array<ArrayBuffer>> {
    file ??= await openFile(path)
    if (!file) throw endsBefore(piece, at)
    const bytes = Buffer.allocUnsafeSlow(Math.min(readSize, end - at))
    const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, at)
    if (bytesRead === 0) throw endsBefore(piece, at)
    at += bytesRead
    return bytes.subarray(0, bytesRead)
  }
  async function close(): Promise<void> {
    await ahead?.catch(() => undefined)
    await file?.close()
  }
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        if (at >= end && !ahead) return controller.close()
        try {
          const bytes = await (ahead ?? read())
          ahead = at < end ? read() : undefined
          // A failure is thrown by the next pull; until then nothing awaits it.
          ahead?.catch(() => undefined)
          controller.enqueue(bytes)
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
  return asPieceOf(stream, piece)
}
