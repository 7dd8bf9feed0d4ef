/**
 * Pulling and deleting blobs (distribution-spec 1.1, "Pulling blobs", "Deleting Blobs").
 *
 * @module
 */
import { algorithmOf, type Digest, digestOfStream } from '../../model/digest.ts'
import type { Call } from '../calls/call.ts'
import type { BlobSettings } from '../settings/settings.ts'
import type { BlobUse } from '../storage/storage.ts'
import { type Answer, answerOf, isServed } from '../wire/answer.ts'
import { empty, type Reason, Refusal } from '../wire/answers.ts'
import { etagOf, isNotModified } from '../wire/conditions.ts'
import { requireDigest } from '../wire/names.ts'
import { type ByteRange, parseRange } from './range.ts'

// Bytes that are read at once: a stream for them would cost more than they do.
const small = 64 * 1024

/** GET and HEAD of `/v2/<name>/blobs/<digest>`, in parts where a `Range` asks for one. */
export async function getBlob(call: Call): Promise<Answer> {
  const requested = requireDigest(call.id, 'blob-digest')
  const { blobs, manifests, uploads } = call.registry.settings
  const { headers, method, signal } = call.request
  // A range is a GET's, and one under an If-Range never applies: blobs have no ETag here.
  const inParts = method === 'GET' && !headers.has('If-Range') && blobs.ranges !== 'none'
  const asked = inParts ? headers.get('Range') : null
  const isWanted = method === 'GET' && !headers.has('If-None-Match')
  const use: BlobUse | undefined = isWanted ? { to: 'read', range: asked ?? undefined } : undefined
  const blob = await call.repository.findBlob(requested, use)
  if (!blob) throw unknownBlob(requested)
  const canonical = uploads.digest === 'sha256' && algorithmOf(requested) !== 'sha256'
  const digest = canonical ? (await digestOfStream(blob.stream())).digest : requested
  const base: Record<string, string> = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    ...(blobs.ranges === 'all' && { 'Accept-Ranges': 'bytes' }),
    ...(blobs.etag && { ETag: etagOf(digest) }),
  }
  if (blobs.etag && isNotModified(call.request, digest, manifests.weakEtag ? 'weak' : 'strong')) {
    return answerOf(304, { ETag: etagOf(digest), 'Docker-Content-Digest': digest })
  }
  if (blob.location !== undefined) {
    return empty(307, { Location: blob.location, 'Docker-Content-Digest': digest })
  }
  const range = askedRange(asked, blob.size, blobs.ranges)
  if (range === 'unsatisfiable') {
    blob.drop?.()
    throw new Refusal(416, 'SIZE_INVALID', 'no byte of the blob is in that range', {
      headers: {
        'Content-Range': `bytes */${blob.size}`,
        'Docker-Content-Digest': digest,
        'Accept-Ranges': 'bytes',
      },
      reason: 'blob-range',
    })
  }
  if (method === 'HEAD') {
    return answerOf(200, { ...base, 'Content-Length': String(blob.size) })
  }
  const { start, end } = range ?? { start: 0, end: blob.size }
  const about = {
    ...base,
    'Content-Length': String(end - start),
    ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${blob.size}` }),
  }
  const status = range ? 206 : 200
  // A server cancels what it sends when its client is gone.
  if (!isServed(call.request)) {
    return answerOf(status, about, abortable(blob.stream(start, end), signal))
  }
  const whole = end - start <= small ? await blob.read?.(start, end) : undefined
  return answerOf(status, about, whole ?? blob.stream(start, end))
}

/** DELETE of `/v2/<name>/blobs/<digest>`: other repositories keep theirs. */
export async function deleteBlob(call: Call): Promise<Answer> {
  const digest = requireDigest(call.id, 'blob-digest')
  if (!(await call.repository.deleteBlob(digest))) throw unknownBlob(digest, 'blob-delete')
  return empty(202, {})
}

function unknownBlob(digest: Digest, reason?: Reason): Refusal {
  const detail = { digest }
  return new Refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { detail, reason })
}

/** The range that is answered: registries that know only `first-last` refuse all others. */
function askedRange(
  header: string | null,
  size: number,
  known: BlobSettings['ranges'],
): ByteRange | 'unsatisfiable' | undefined {
  if (header === null) return undefined
  const last = /^bytes=[0-9]+-([0-9]+)$/.exec(header)?.[1]
  if (known === 'closed' && !(Number(last) < size)) return 'unsatisfiable'
  return parseRange(header, size)
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
