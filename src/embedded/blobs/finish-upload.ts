/**
 * The end of an upload: its digest is checked, and the blob kept (distribution-spec 1.1, "Pushing
 * blobs").
 *
 * @module
 */
import { algorithmOf, type Digest, digestOfStream } from '../../model/digest.ts'
import type { Call } from '../calls/call.ts'
import type { Upload } from '../calls/upload-sessions.ts'
import type { BlobWriter } from '../storage/storage.ts'
import type { Answer } from '../wire/answer.ts'
import { empty, Refusal } from '../wire/answers.ts'
import { unknownUpload } from './upload-body.ts'
import { progressHeaders } from './upload-progress.ts'

/**
 * Checks the digest and keeps the blob. A wrong digest ends the upload.
 *
 * @param before - bytes that this process knew of before the request
 * @throws {@link Refusal} 400 `DIGEST_INVALID`
 */
export async function finishBlob(
  call: Call,
  known: Upload,
  digest: Digest,
  before: number,
): Promise<Answer> {
  const { uploads, settings } = call.registry
  let upload = known
  let actual = await digestAs(upload, digest)
  call.request.signal.throwIfAborted()
  if (upload.ended) throw unknownUpload()
  const longer = actual === digest ? undefined : await longerUpload(call, upload, before)
  if (longer) {
    known.ended = true
    upload = longer
    actual = await digestAs(upload, digest)
  }
  const { writer } = upload
  if (actual !== digest) {
    await uploads.drop(upload)
    throw new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {
      detail: { expected: digest, actual },
      reason: 'upload-content',
    })
  }
  const renames = settings.uploads.digest === 'sha256'
  const canonical = renames ? (await digestOfStream(writer.stream())).digest : digest
  if (canonical !== digest) await copyAs(call, canonical, writer.stream())
  // The session ends even where the storage fails: what it holds then is not known.
  uploads.end(upload)
  await writer.commit(digest)
  return createdBlob(call, canonical)
}

/** The answer to a blob that is there now. */
export function createdBlob(call: Call, digest: Digest): Answer {
  return empty(201, {
    Location: `/v2/${call.name}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  })
}

/** By what was hashed as it came, where that is all of it and of the same algorithm. */
async function digestAs({ writer, digester, algorithm }: Upload, digest: Digest): Promise<Digest> {
  const wanted = algorithmOf(digest)
  if (digester && algorithm === wanted) return digester.digest()
  return (await digestOfStream(writer.stream(), wanted)).digest
}

/**
 * The upload as other processes went on with it, with what this request brought; undefined where none did.
 *
 * @throws {@link Refusal} 416 where what it brought cannot be told from what this process knew
 */
async function longerUpload(
  call: Call,
  { stored, writer }: Upload,
  before: number,
): Promise<Upload | undefined> {
  const { id, registry, repository, name, request } = call
  if (!stored || id === '') return undefined
  const upload = await registry.uploads.reopen(id, name, repository)
  if (!upload || upload.writer.size <= before) return undefined
  if (writer.size === before) return upload
  if (before > 0) {
    const message = 'another process has gone on with this upload'
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', message, {
      headers: progressHeaders(upload, registry.settings.uploads),
      reason: 'upload-order',
    })
  }
  await appendAll(upload.writer, writer.stream(), request.signal)
  return { ...upload, digester: undefined }
}

/** Keeps a blob under one more digest. */
async function copyAs(
  call: Call,
  digest: Digest,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const copy = await call.repository.writeBlob()
  try {
    await appendAll(copy, stream, call.request.signal)
  } catch (error) {
    await copy.discard()
    throw error
  }
  await copy.commit(digest)
}

async function appendAll(
  writer: BlobWriter,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<void> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return
      await writer.append(value)
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined)
    throw error
  }
}
