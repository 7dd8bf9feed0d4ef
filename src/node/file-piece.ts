/**
 * Streams that are pieces of files, for who can send a file better than through a stream.
 *
 * @module
 */

import { Readable } from 'node:stream'
import { ContentError } from '../errors.ts'

/** Bytes of a file in [start, end). */
export interface FilePiece {
  readonly path: string
  readonly start: number
  readonly end: number
}

const pieces = new WeakMap<ReadableStream, FilePiece>()

/** Notes what a stream reads, and gives it back. */
export function asPieceOf<Stream extends ReadableStream>(stream: Stream, piece: FilePiece): Stream {
  pieces.set(stream, piece)
  return stream
}

/** What a stream will read, if that is a piece of a file; undefined once somebody reads it. */
export function pieceOf(stream: ReadableStream): FilePiece | undefined {
  const piece = pieces.get(stream)
  // Its types know Node's own streams only.
  const isRead = piece && (stream.locked || Readable.isDisturbed(stream as unknown as Readable))
  return isRead ? undefined : piece
}

/** A file was deleted, or cut by another program, since its size was looked up. */
export function endsBefore({ path, end }: FilePiece, size: number): ContentError {
  return new ContentError('SIZE_MISMATCH', `bytes of ${path}`, end, size)
}
