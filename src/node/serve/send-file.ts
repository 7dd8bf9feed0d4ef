/**
 * Sends pieces of files by two buffers that are used in turn: one is read while the other is sent. A web stream takes new
 * memory for each piece, and a third more time for 1 GiB (measured on Node 24).
 *
 * @module
 */
import { ServerResponse } from 'node:http'
import { Readable, type Writable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { AnswerBody } from '../../embedded/wire/answer.ts'
import { endsBefore, type FilePiece, pieceOf } from '../file-piece.ts'
import { openFile } from '../layout/durable.ts'

// Two of them for each answer.
const bufferSize = 256 * 1024

/** What srvx lets write itself into an answer. */
export interface Piped {
  pipe(target: Writable): void
  /** Called where the target is given up. */
  abort(): void
}

/**
 * A body that sends itself; undefined for one that is no piece of a file.
 *
 * @param onError - told why an answer was cut
 */
export function pipedFile(
  body: AnswerBody,
  onError: ((error: unknown) => void) | undefined,
): Piped | undefined {
  const stream = body instanceof ReadableStream ? body : undefined
  const piece = stream && pieceOf(stream)
  if (!piece) return undefined
  let readable: Readable | undefined
  return {
    pipe(target) {
      if (target instanceof ServerResponse) {
        void sendFile(piece, target).catch((error) => {
          onError?.(error)
          target.destroy()
        })
        return
      }
      // A handler that looks at the body: what it does with the bytes is not known, so that each has its own memory.
      readable = Readable.fromWeb(stream as NodeReadableStream)
      readable.once('error', (error) => target.destroy(error)).pipe(target)
    },
    abort: () => readable?.destroy(),
  }
}

async function sendFile(piece: FilePiece, answer: ServerResponse): Promise<void> {
  const { path, start, end } = piece
  const file = await openFile(path)
  if (!file) throw endsBefore(piece, 0)
  const size = Math.min(bufferSize, end - start)
  const count = size < end - start ? 2 : 1
  const free = Array.from({ length: count }, () => Buffer.allocUnsafeSlow(size))
  let wake: (() => void) | undefined
  const onClose = () => wake?.()
  answer.once('close', onClose)
  try {
    for (let at = start; at < end; ) {
      while (free.length === 0 && !answer.destroyed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (answer.destroyed) return
      const buffer = free.pop()!
      const { bytesRead } = await file.read(buffer, 0, Math.min(size, end - at), at)
      if (bytesRead === 0) throw endsBefore(piece, at)
      at += bytesRead
      answer.write(buffer.subarray(0, bytesRead), () => {
        free.push(buffer)
        wake?.()
      })
    }
    answer.end()
  } finally {
    answer.off('close', onClose)
    await file.close()
  }
}
