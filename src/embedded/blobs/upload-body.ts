/**
 * Takes a request's body into an upload, chunk by chunk, hashed as it is written (distribution-spec 1.1,
 * "Pushing a blob in chunks").
 *
 * @module
 */
import type { Call } from '../calls/call.ts'
import type { Upload } from '../calls/upload-sessions.ts'
import { isServed } from '../wire/answer.ts'
import { Refusal } from '../wire/answers.ts'
import { readChunks } from '../wire/body.ts'
import { type ByteRange, parseContentRange } from './range.ts'
import { progressHeaders } from './upload-progress.ts'

/**
 * The range that a chunk says it is, checked against where the session stands; undefined when the
 * request says nothing, or the registry does not look.
 *
 * @throws {@link Refusal} 400 or 416
 */
export function chunkRange(call: Call, upload: Upload, isChecked: boolean): ByteRange | undefined {
  const header = call.request.headers.get('Content-Range')
  if (header === null || !isChecked) return undefined
  const range = parseContentRange(header)
  if (!range) {
    throw new Refusal(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <first>-<last>', {
      detail: { contentRange: header },
    })
  }
  if (range.start !== upload.writer.size) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', 'the chunk does not follow the last one', {
      detail: { expected: upload.writer.size, got: range.start },
      headers: progressHeaders(upload, call.registry.settings.uploads),
      reason: 'upload-order',
    })
  }
  const length = call.request.headers.get('Content-Length')
  if (length !== null && Number(length) !== range.end - range.start) throw wrongLength(range)
  return range
}

/**
 * Appends the body, never beyond the range it was announced with. An upload that cannot become a blob
 * any more, because it is too large or the storage failed, is dropped.
 *
 * @throws {@link Refusal} 400, 404, 413 or 416; the signal's reason; what the storage failed with
 */
export async function appendBody(
  call: Call,
  upload: Upload,
  range: ByteRange | undefined,
): Promise<void> {
  const { writer, digester } = upload
  const { uploads, blobs } = call.registry.settings
  const sessions = call.registry.uploads
  const announced = Number(call.request.headers.get('Content-Length'))
  requireChunkSize(announced, uploads.chunkMax)
  // What a server has read is nobody else's; what others stream may be a buffer that they use again.
  const isOurs = isServed(call.request)
  let isLost = false
  let isTooLarge = writer.size + announced > blobs.limit
  let tooLong = false
  let length = 0
  try {
    if (isTooLarge) throw tooLarge(blobs.limit)
    await readChunks(call.request, async (chunk) => {
      if (upload.ended) throw unknownUpload()
      length += chunk.byteLength
      requireChunkSize(length, uploads.chunkMax)
      isTooLarge = writer.size + chunk.byteLength > blobs.limit
      if (isTooLarge) throw tooLarge(blobs.limit)
      isLost = true
      const room = range ? range.end - writer.size : chunk.byteLength
      tooLong ||= chunk.byteLength > room
      const bytes = tooLong ? chunk.subarray(0, room) : chunk
      // Hashed while they are written.
      await Promise.all([writer.append(bytes), digester?.update(bytes)])
      isLost = false
      sessions.touch(upload)
      if (isOurs) free(chunk)
    })
  } finally {
    if (isTooLarge) await sessions.drop(upload)
    if (isLost) await sessions.lose(upload)
  }
  if (range && (tooLong || writer.size !== range.end)) throw wrongLength(range)
}

/** The refusal of a session that is not there. */
export function unknownUpload(): Refusal {
  return new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
}

/** Bytes that are left to the collector. */
const SMALL = 16 * 1024

/**
 * Gives back memory that was copied from. Left to the collector, a GiB in chunks of 64 KiB makes it mark the heap eighty
 * times, for as long as hashing all of it takes (measured on Node 24).
 */
function free({ buffer, byteLength }: Uint8Array): void {
  const isWhole = byteLength >= SMALL && buffer.byteLength === byteLength
  // ES2024.
  if (isWhole) (buffer as { transfer?: (size: number) => unknown }).transfer?.(0)
}

function requireChunkSize(length: number, most: number): void {
  if (length <= most) return
  const message = `body is too large; the most that one request may have is ${most} bytes`
  throw new Refusal(416, 'SIZE_INVALID', message, { reason: 'upload-chunk-size' })
}

function tooLarge(limit: number): Refusal {
  const message = `a blob may have ${limit} bytes`
  return new Refusal(413, 'SIZE_INVALID', message, { reason: 'blob-size' })
}

function wrongLength(range: ByteRange): Refusal {
  return new Refusal(400, 'SIZE_INVALID', 'the body is not as long as its Content-Range', {
    detail: { expected: range.end - range.start },
  })
}
