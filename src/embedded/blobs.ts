/**
 * Pulling and deleting blobs (distribution-spec 1.1, "Pulling blobs", "Deleting Blobs").
 *
 * @module
 */
import type { Digest } from '../model/digest.ts'
import { empty, Refusal } from './answers.ts'
import type { Call } from './call.ts'
import { requireDigest } from './names.ts'
import { parseRange } from './range.ts'

/** GET and HEAD of `/v2/<name>/blobs/<digest>`, in parts where a `Range` asks for one. */
export async function getBlob(call: Call): Promise<Response> {
  const digest = requireDigest(call.id)
  const blob = await call.repository.findBlob(digest)
  if (!blob) throw unknownBlob(digest)
  const { headers, signal } = call.request
  const base = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
  }
  // A range is a GET's, and one under an If-Range never applies: blobs have no ETag here.
  const asked = call.request.method === 'GET' && !headers.has('If-Range')
  const range = asked ? parseRange(headers.get('Range'), blob.size) : undefined
  if (range === 'unsatisfiable') {
    throw new Refusal(416, 'SIZE_INVALID', 'no byte of the blob is in that range', {
      headers: { 'Content-Range': `bytes */${blob.size}`, 'Accept-Ranges': 'bytes' },
    })
  }
  if (call.request.method === 'HEAD') {
    return new Response(null, { headers: { ...base, 'Content-Length': String(blob.size) } })
  }
  const { start, end } = range ?? { start: 0, end: blob.size }
  return new Response(abortable(blob.stream(start, end), signal), {
    status: range ? 206 : 200,
    headers: {
      ...base,
      'Content-Length': String(end - start),
      ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${blob.size}` }),
    },
  })
}

/** DELETE of `/v2/<name>/blobs/<digest>`: other repositories keep theirs. */
export async function deleteBlob(call: Call): Promise<Response> {
  const digest = requireDigest(call.id)
  if (!(await call.repository.deleteBlob(digest))) throw unknownBlob(digest)
  return empty(202, {})
}

function unknownBlob(digest: Digest): Refusal {
  return new Refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } })
}

/** The stream, failing with the signal's reason once the request is aborted, as fetch does. */
function abortable(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  let abort: () => void
  const done = () => signal.removeEventListener('abort', abort)
  return new ReadableStream(
    {
      start(controller) {
        abort = () => {
          controller.error(signal.reason)
          reader.cancel(signal.reason).catch(() => undefined)
        }
        signal.addEventListener('abort', abort, { once: true })
      },
      async pull(controller) {
        const next = await reader.read()
        if (signal.aborted) return
        if (!next.done) return controller.enqueue(next.value)
        done()
        controller.close()
      },
      async cancel(reason) {
        done()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
