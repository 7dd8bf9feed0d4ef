/**
 * Pushing blobs: whole, in chunks, in a single POST, or mounted from another repository
 * (distribution-spec 1.1, "Pushing blobs"). Bytes are hashed as they come in.
 *
 * @module
 */
import { algorithmOf, type Digest, digestOfStream } from '../../model/digest.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import type { Call } from '../calls/call.ts'
import type { Upload } from '../calls/upload.ts'
import { empty, type Reason, Refusal } from '../wire/answers.ts'
import { readChunks } from '../wire/body.ts'
import { isName, requireDigest } from '../wire/names.ts'
import { type ByteRange, parseContentRange } from './range.ts'
import {
  dropAbandoned,
  dropUpload,
  openUpload,
  progress,
  progressHeaders,
  requireUpload,
  unknownUpload,
} from './upload-session.ts'

/** POST of `/v2/<name>/blobs/uploads/`: mounts, takes a whole blob, or opens a session. */
export async function startUpload(call: Call): Promise<Response> {
  const { query, registry } = call
  const settings = registry.settings.uploads
  registry.names.add(call.name)
  const mount = query.get('mount')
  if (mount !== null) {
    const digest = requireDigest(mount, 'upload-digest')
    if (await mountBlob(call, digest)) return created(call, digest)
  }
  const whole = query.get('digest')
  const takesBody = settings.singlePost && (mount === null || settings.mountOrBody)
  if (whole !== null && takesBody) {
    const digest = requireUploadDigest(call, whole)
    const upload = await openUpload(call, algorithmOf(digest))
    return finish(call, upload, digest, undefined)
  }
  await dropAbandoned(call)
  const algorithm = query.get('digest-algorithm')
  const upload = await openUpload(call, isAlgorithm(algorithm) ? algorithm : 'sha256')
  registry.uploads.set(upload.id, upload)
  const response = progress(202, upload, settings)
  if (!settings.openRange) response.headers.delete('Range')
  if (settings.chunkMin > 0 && settings.chunkMinHeader) {
    response.headers.set('OCI-Chunk-Min-Length', String(settings.chunkMin))
  }
  if (settings.chunkMaxHeader) {
    response.headers.set('OCI-Chunk-Max-Length', String(settings.chunkMax))
  }
  return response
}

/** PATCH of a session: the next chunk, or a stream of unknown length without `Content-Range`. */
export async function appendUpload(call: Call): Promise<Response> {
  return withUpload(call, async (upload) => {
    const { uploads } = call.registry.settings
    if (upload.short) {
      const message = `only the last chunk may have less than ${uploads.chunkMin} bytes`
      throw new Refusal(416, 'SIZE_INVALID', message, { reason: 'upload-chunk-size' })
    }
    const before = upload.writer.size
    await append(call, upload, chunkRange(call, upload, uploads.order !== 'none'))
    upload.short = upload.writer.size - before < uploads.chunkMin
    upload.firstChunk ||= upload.writer.size
    return progress(uploads.appended, upload, uploads)
  })
}

/** PUT of a session: the last chunk, if any, and the digest of it all. */
export async function finishUpload(call: Call): Promise<Response> {
  const digest = requireUploadDigest(call, call.query.get('digest'))
  const { order } = call.registry.settings.uploads
  return withUpload(call, (upload) =>
    finish(call, upload, digest, chunkRange(call, upload, order === 'all')),
  )
}

/** GET of a session: how far it is. Waits for nobody: a broken connection may still be writing. */
export async function getUpload(call: Call): Promise<Response> {
  const { uploads } = call.registry.settings
  if (!uploads.status) throw notPossible('upload-status')
  const response = progress(204, requireUpload(call), uploads)
  if (!uploads.statusLocation) response.headers.delete('Location')
  return response
}

/** DELETE of a session: forgets it, and stops a request that is writing to it. */
export async function cancelUpload(call: Call): Promise<Response> {
  if (!call.registry.settings.uploads.cancel) throw notPossible('upload-cancel')
  await dropUpload(call, requireUpload(call))
  return empty(204, {})
}

function notPossible(reason: Reason): Refusal {
  return new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported', { reason })
}

/** Runs one writer of a session at a time; the next one sees where the last one left it. */
async function withUpload(
  call: Call,
  task: (upload: Upload) => Promise<Response>,
): Promise<Response> {
  return call.registry.exclusive(`upload ${call.id}`, async () => {
    call.request.signal.throwIfAborted()
    return task(requireUpload(call))
  })
}

/**
 * The range that a chunk says it is, checked against where the session stands; undefined when the
 * request says nothing, or the registry does not look.
 */
function chunkRange(call: Call, upload: Upload, isChecked: boolean): ByteRange | undefined {
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

/** Appends the body, never beyond the range it was announced with. */
async function append(call: Call, upload: Upload, range: ByteRange | undefined): Promise<void> {
  const { writer, digester } = upload
  const { uploads, blobs } = call.registry.settings
  requireChunkSize(Number(call.request.headers.get('Content-Length')), uploads.chunkMax)
  let tooLong = false
  let length = 0
  await readChunks(call.request, async (chunk) => {
    if (upload.cancelled) throw unknownUpload()
    length += chunk.byteLength
    requireChunkSize(length, uploads.chunkMax)
    if (writer.size + chunk.byteLength > blobs.limit) throw tooLarge(blobs.limit)
    const room = range ? range.end - writer.size : chunk.byteLength
    tooLong ||= chunk.byteLength > room
    const bytes = tooLong ? chunk.subarray(0, room) : chunk
    const taken = writer.append(bytes)
    // Hashed while they are written.
    digester.update(bytes)
    await taken
    upload.touched = Date.now()
  })
  if (range && (tooLong || writer.size !== range.end)) throw wrongLength(range)
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

/** Appends the body, checks the digest and keeps the blob. A wrong digest ends the session. */
async function finish(
  call: Call,
  upload: Upload,
  digest: Digest,
  range: ByteRange | undefined,
): Promise<Response> {
  const { writer, digester, algorithm } = upload
  await append(call, upload, range)
  const sameAlgorithm = algorithmOf(digest) === algorithm
  const actual = sameAlgorithm
    ? digester.digest()
    : (await digestOfStream(writer.stream(), algorithmOf(digest))).digest
  call.request.signal.throwIfAborted()
  if (upload.cancelled) throw unknownUpload()
  if (actual !== digest) {
    await dropUpload(call, upload)
    throw new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
      detail: { expected: digest, actual },
      reason: 'upload-content',
    })
  }
  const renames = call.registry.settings.uploads.digest === 'sha256'
  const canonical = renames ? (await digestOfStream(writer.stream())).digest : digest
  if (canonical !== digest) await copyAs(call, canonical, writer.stream())
  // The session ends even where the storage fails: what it holds then is not known.
  call.registry.uploads.delete(upload.id)
  await writer.commit(digest)
  return created(call, canonical)
}

/** Keeps a blob under one more digest. */
async function copyAs(
  call: Call,
  digest: Digest,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const copy = await call.repository.writeBlob()
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return copy.commit(digest)
    await copy.append(value)
  }
}

/** Whether a blob is this repository's now, because it was another's that the sender may read. */
async function mountBlob(call: Call, digest: Digest): Promise<boolean> {
  const { access, query, registry, repository } = call
  const { mount } = registry.settings.uploads
  const from = query.get('from')
  const sources = mount === 'anywhere' && from === null ? [...registry.names] : [from ?? '']
  for (const source of mount === 'never' ? [] : sources) {
    if (!isName(source) || !access.may(source, 'pull')) continue
    if (await repository.linkBlob(digest, source)) return true
  }
  return false
}

function requireUploadDigest(call: Call, text: string | null): Digest {
  const digest = requireDigest(text, text === null ? 'upload-no-digest' : 'upload-digest')
  if (call.registry.settings.uploads.algorithms.includes(algorithmOf(digest))) return digest
  const message = 'an algorithm that the registry does not take'
  throw new Refusal(400, 'DIGEST_INVALID', message, { reason: 'upload-digest' })
}

function created(call: Call, digest: Digest): Response {
  return empty(201, {
    Location: `/v2/${call.name}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  })
}

function wrongLength(range: ByteRange): Refusal {
  return new Refusal(400, 'SIZE_INVALID', 'the body is not as long as its Content-Range', {
    detail: { expected: range.end - range.start },
  })
}

function isAlgorithm(text: string | null): text is Algorithm {
  return text === 'sha256' || text === 'sha384' || text === 'sha512'
}
