/**
 * The end of an upload: its digest is checked, and the blob kept (distribution-spec 1.1, "Pushing
 * blobs").
 *
 * @module
 */
import { algorithmOf, type Digest, digestOfStream } from '../../model/digest.ts'
import type { Call } from '../calls/call.ts'
import type { Upload } from '../calls/upload-sessions.ts'
import type { Answer } from '../wire/answer.ts'
import { empty, Refusal } from '../wire/answers.ts'
import { unknownUpload } from './upload-body.ts'

/**
 * Checks the digest and keeps the blob. A wrong digest ends the upload.
 *
 * @throws {@link Refusal} 400 `DIGEST_INVALID`
 */
export async function finishBlob(call: Call, upload: Upload, digest: Digest): Promise<Answer> {
  const { writer, digester, algorithm } = upload
  const { uploads, settings } = call.registry
  const isSame = algorithmOf(digest) === algorithm
  const actual = await (isSame ? digester.digest() : digestAs(upload, digest))
  call.request.signal.throwIfAborted()
  if (upload.ended) throw unknownUpload()
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

async function digestAs({ writer }: Upload, digest: Digest): Promise<Digest> {
  return (await digestOfStream(writer.stream(), algorithmOf(digest))).digest
}

/** Keeps a blob under one more digest. */
async function copyAs(
  call: Call,
  digest: Digest,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const copy = await call.repository.writeBlob()
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      call.request.signal.throwIfAborted()
      if (done) break
      await copy.append(value)
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined)
    await copy.discard()
    throw error
  }
  await copy.commit(digest)
}
