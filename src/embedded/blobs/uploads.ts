/**
 * Pushing blobs: whole, in chunks, in a single POST, or mounted from another repository
 * (distribution-spec 1.1, "Pushing blobs").
 *
 * @module
 */
import { algorithmOf, type Digest } from '../../model/digest.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import type { Call } from '../calls/call.ts'
import type { Upload } from '../calls/upload-sessions.ts'
import type { Answer } from '../wire/answer.ts'
import { empty, type Reason, Refusal } from '../wire/answers.ts'
import { requireDigest } from '../wire/names.ts'
import { createdBlob, finishBlob } from './finish-upload.ts'
import { mountBlob } from './mount.ts'
import { parseContentRange } from './range.ts'
import { appendBody, chunkRange, unknownUpload } from './upload-body.ts'
import { progress, progressHeaders, stateOf } from './upload-progress.ts'

/** POST of `/v2/<name>/blobs/uploads/`: mounts, takes a whole blob, or opens a session. */
export async function startUpload(call: Call): Promise<Answer> {
  const { name, query, registry, repository } = call
  const settings = registry.settings.uploads
  registry.names.set(name, true)
  const mount = query.get('mount')
  if (mount !== null) {
    const digest = requireDigest(mount, 'upload-digest')
    if (await mountBlob(call, digest)) return createdBlob(call, digest)
  }
  const whole = query.get('digest')
  const takesBody = settings.singlePost && (mount === null || settings.mountOrBody)
  if (whole !== null && takesBody) return takeWhole(call, requireUploadDigest(call, whole))
  const algorithm = query.get('digest-algorithm')
  const upload = await registry.uploads.open(
    repository,
    name,
    isAlgorithm(algorithm) ? algorithm : 'sha256',
  )
  const response = progress(202, upload, settings)
  if (!settings.openRange) response.headers.delete('range')
  if (settings.chunkMin > 0 && settings.chunkMinHeader) {
    response.headers.set('oci-chunk-min-length', String(settings.chunkMin))
  }
  if (settings.chunkMaxHeader) {
    response.headers.set('oci-chunk-max-length', String(settings.chunkMax))
  }
  return response
}

/** Takes a blob of one request. Nothing is left of one that fails. */
async function takeWhole(call: Call, digest: Digest): Promise<Answer> {
  const { name, registry, repository } = call
  const upload = await registry.uploads.start(repository, name, algorithmOf(digest))
  try {
    await appendBody(call, upload, undefined)
    return await finishBlob(call, upload, digest, 0)
  } catch (error) {
    await registry.uploads.drop(upload)
    throw error
  }
}

/** PATCH of a session: the next chunk, or a stream of unknown length without `Content-Range`. */
export async function appendUpload(call: Call): Promise<Answer> {
  return withUpload(call, async (upload) => {
    const { uploads } = call.registry.settings
    if (upload.short) {
      const message = `only the last chunk may have less than ${uploads.chunkMin} bytes`
      throw new Refusal(416, 'SIZE_INVALID', message, { reason: 'upload-chunk-size' })
    }
    const before = upload.writer.size
    await appendBody(call, upload, chunkRange(call, upload, uploads.order !== 'none'))
    upload.short = upload.writer.size - before < uploads.chunkMin
    upload.firstChunk ||= upload.writer.size
    return progress(uploads.appended, upload, uploads)
  })
}

/** PUT of a session: the last chunk, if any, and the digest of it all. */
export async function finishUpload(call: Call): Promise<Answer> {
  const digest = requireUploadDigest(call, call.query.get('digest'))
  const { order } = call.registry.settings.uploads
  return withUpload(call, async (upload) => {
    const before = upload.writer.size
    await appendBody(call, upload, chunkRange(call, upload, order === 'all'))
    return finishBlob(call, upload, digest, before)
  })
}

/** GET of a session: how far it is. Waits for nobody: a broken connection may still be writing. */
export async function getUpload(call: Call): Promise<Answer> {
  const { uploads } = call.registry.settings
  if (!uploads.status) throw notPossible('upload-status')
  const response = progress(204, await requireUpload(call, true), uploads)
  if (!uploads.statusLocation) response.headers.delete('location')
  return response
}

/** DELETE of a session: forgets it, and stops a request that is writing to it. */
export async function cancelUpload(call: Call): Promise<Answer> {
  if (!call.registry.settings.uploads.cancel) throw notPossible('upload-cancel')
  const { registry, repository } = call
  await registry.uploads.cancel(await requireUpload(call), repository)
  return empty(204, {})
}

/** Runs one writer of a session at a time; the next one sees where the last one left it. */
async function withUpload(call: Call, task: (upload: Upload) => Promise<Answer>): Promise<Answer> {
  return call.registry.exclusive(`upload ${call.id}`, async () => {
    call.request.signal.throwIfAborted()
    const upload = await requireUpload(call)
    upload.busy = true
    try {
      return await task(upload)
    } finally {
      await release(call, upload)
      upload.busy = false
    }
  })
}

/** A session whose bytes could not be put away has lost them. */
async function release(call: Call, upload: Upload): Promise<void> {
  try {
    if (!upload.ended) await upload.writer.release?.()
  } catch (error) {
    await call.registry.uploads.lose(upload)
    throw error
  }
}

/** @param now - whether it must be as the storage has it, and not only as this process left it */
async function requireUpload(call: Call, now = false): Promise<Upload> {
  const { id, name, registry, repository } = call
  const { settings, uploads } = registry
  let upload = await (now ? uploads.renew : uploads.find)(id, name, repository)
  if (upload && isDoubtful(call, upload)) upload = await uploads.renew(id, name, repository)
  if (!upload) throw unknownUpload()
  const { state, staleLocation } = settings.uploads
  if (state && staleLocation === 'refused' && call.query.get(state) !== stateOf(upload)) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', 'the location is that of an earlier step', {
      headers: progressHeaders(upload, settings.uploads),
      reason: 'upload-stale',
    })
  }
  uploads.touch(upload)
  return upload
}

/**
 * Whether others may have gone on with an upload: a chunk says that it begins somewhere else than where this
 * process left it, or it ends, and others have written a part of it.
 */
function isDoubtful({ request }: Call, { writer, digester }: Upload): boolean {
  if (request.method === 'PUT' && !digester) return true
  const range = parseContentRange(request.headers.get('Content-Range') ?? '')
  return range !== undefined && range.start !== writer.size
}

function requireUploadDigest(call: Call, text: string | null): Digest {
  const digest = requireDigest(text, text === null ? 'upload-no-digest' : 'upload-digest')
  if (call.registry.settings.uploads.algorithms.includes(algorithmOf(digest))) return digest
  const message = 'an algorithm that the registry does not take'
  throw new Refusal(400, 'DIGEST_INVALID', message, { reason: 'upload-digest' })
}

function notPossible(reason: Reason): Refusal {
  return new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported', { reason })
}

function isAlgorithm(text: string | null): text is Algorithm {
  return text === 'sha256' || text === 'sha384' || text === 'sha512'
}
