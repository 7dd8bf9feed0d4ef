/**
 * Pushing blobs: whole, in chunks, in a single POST, or mounted from another repository
 * (distribution-spec 1.1, "Pushing blobs"). Bytes are hashed as they come in.
 *
 * @module
 */
import {
  type Algorithm,
  algorithmOf,
  createDigester,
  type Digest,
  type Digester,
  digestOfStream,
} from '../model/digest.ts'
import { empty, Refusal } from './answers.ts'
import { readChunks } from './body.ts'
import type { Call } from './call.ts'
import { isName, requireDigest } from './names.ts'
import { type ByteRange, parseContentRange } from './range.ts'
import type { BlobWriter } from './storage.ts'

/** An upload session. */
export interface Upload {
  readonly id: string
  /** Repository it was opened in; unknown in all others. */
  readonly name: string
  readonly writer: BlobWriter
  readonly algorithm: Algorithm
  readonly digester: Digester
  /** When it was last used, in milliseconds. */
  touched: number
  /** Set while a request may still be writing; that one then stops. */
  cancelled: boolean
}

// Sessions that nobody touched for this long are dropped when the next one is opened.
const SESSION_LIFETIME = 60 * 60 * 1000

/** POST of `/v2/<name>/blobs/uploads/`: mounts, takes a whole blob, or opens a session. */
export async function startUpload(call: Call): Promise<Response> {
  const { query, registry, repository } = call
  const mount = query.get('mount')
  if (mount !== null) {
    const digest = requireDigest(mount)
    const from = query.get('from')
    if (from !== null && isName(from) && (await repository.linkBlob(digest, from))) {
      return created(call, digest)
    }
  }
  const whole = query.get('digest')
  if (whole !== null && registry.settings.singlePost) {
    const digest = requireDigest(whole)
    const upload = await openUpload(call, algorithmOf(digest))
    return finish(call, upload, digest, undefined)
  }
  await dropAbandoned(call)
  const algorithm = query.get('digest-algorithm')
  const upload = await openUpload(call, isAlgorithm(algorithm) ? algorithm : 'sha256')
  registry.uploads.set(upload.id, upload)
  return progress(202, upload)
}

/** PATCH of a session: the next chunk, or a stream of unknown length without `Content-Range`. */
export async function appendUpload(call: Call): Promise<Response> {
  return withUpload(call, async (upload) => {
    await append(call, upload, chunkRange(call, upload))
    return progress(202, upload)
  })
}

/** PUT of a session: the last chunk, if any, and the digest of it all. */
export async function finishUpload(call: Call): Promise<Response> {
  const digest = requireDigest(call.query.get('digest'))
  return withUpload(call, (upload) => finish(call, upload, digest, chunkRange(call, upload)))
}

/** GET of a session: how far it is. Waits for nobody: a broken connection may still be writing. */
export async function getUpload(call: Call): Promise<Response> {
  return progress(204, requireUpload(call))
}

/** DELETE of a session: forgets it, and stops a request that is writing to it. */
export async function cancelUpload(call: Call): Promise<Response> {
  await dropUpload(call, requireUpload(call))
  return empty(204, {})
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

function requireUpload(call: Call): Upload {
  const upload = call.registry.uploads.get(call.id)
  if (upload?.name !== call.name) throw unknownUpload()
  upload.touched = Date.now()
  return upload
}

function unknownUpload(): Refusal {
  return new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
}

async function openUpload(call: Call, algorithm: Algorithm): Promise<Upload> {
  const [digester, writer] = await Promise.all([
    createDigester(algorithm),
    call.repository.writeBlob(),
  ])
  const touched = Date.now()
  return { id: randomId(), name: call.name, algorithm, digester, writer, touched, cancelled: false }
}

async function dropUpload(call: Call, upload: Upload): Promise<void> {
  upload.cancelled = true
  call.registry.uploads.delete(upload.id)
  await upload.writer.discard()
}

async function dropAbandoned(call: Call): Promise<void> {
  const oldest = Date.now() - SESSION_LIFETIME
  for (const upload of call.registry.uploads.values()) {
    if (upload.touched < oldest) await dropUpload(call, upload)
  }
}

/**
 * The range that a chunk says it is, checked against where the session stands; undefined when the
 * request says nothing.
 */
function chunkRange(call: Call, upload: Upload): ByteRange | undefined {
  const header = call.request.headers.get('Content-Range')
  if (header === null) return undefined
  const range = parseContentRange(header)
  if (!range) {
    throw new Refusal(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <first>-<last>', {
      detail: { contentRange: header },
    })
  }
  if (range.start !== upload.writer.size) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', 'the chunk does not follow the last one', {
      detail: { expected: upload.writer.size, got: range.start },
      headers: progressHeaders(upload),
    })
  }
  const length = call.request.headers.get('Content-Length')
  if (length !== null && Number(length) !== range.end - range.start) throw wrongLength(range)
  return range
}

/** Appends the body, never beyond the range it was announced with. */
async function append(call: Call, upload: Upload, range: ByteRange | undefined): Promise<void> {
  const { writer, digester } = upload
  let tooLong = false
  await readChunks(call.request, async (chunk) => {
    if (upload.cancelled) throw unknownUpload()
    const room = range ? range.end - writer.size : chunk.byteLength
    tooLong ||= chunk.byteLength > room
    const bytes = tooLong ? chunk.subarray(0, room) : chunk
    await writer.append(bytes)
    digester.update(bytes)
    upload.touched = Date.now()
  })
  if (range && (tooLong || writer.size !== range.end)) throw wrongLength(range)
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
    })
  }
  await writer.commit(digest)
  call.registry.uploads.delete(upload.id)
  return created(call, digest)
}

function created(call: Call, digest: Digest): Response {
  return empty(201, {
    Location: `/v2/${call.name}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  })
}

function progress(status: number, upload: Upload): Response {
  return empty(status, progressHeaders(upload))
}

function progressHeaders(upload: Upload): Record<string, string> {
  return {
    Location: `/v2/${upload.name}/blobs/uploads/${upload.id}`,
    // The spec has no spelling for "nothing yet"; this is distribution's.
    Range: `0-${Math.max(0, upload.writer.size - 1)}`,
  }
}

function wrongLength(range: ByteRange): Refusal {
  return new Refusal(400, 'SIZE_INVALID', 'the body is not as long as its Content-Range', {
    detail: { expected: range.end - range.start },
  })
}

function isAlgorithm(text: string | null): text is Algorithm {
  return text === 'sha256' || text === 'sha384' || text === 'sha512'
}

/** 128 random bits. Not crypto.randomUUID, which pages without https do not have. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
