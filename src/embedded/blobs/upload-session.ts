/**
 * Upload sessions: opened, found again, dropped, and how far they are (distribution-spec 1.1, "Pushing
 * a blob in chunks").
 *
 * @module
 */
import { createDigester } from '../../model/digest.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import type { Call } from '../calls/call.ts'
import type { Upload } from '../calls/upload.ts'
import type { UploadSettings } from '../settings/settings.ts'
import { empty, Refusal } from '../wire/answers.ts'
import { randomId } from '../wire/names.ts'

// Sessions that nobody touched for this long are dropped when the next one is opened.
const SESSION_LIFETIME = 60 * 60 * 1000

export function requireUpload(call: Call): Upload {
  const upload = call.registry.uploads.get(call.id)
  if (upload?.name !== call.name) throw unknownUpload()
  const { state, staleLocation } = call.registry.settings.uploads
  if (state && staleLocation === 'refused' && call.query.get(state) !== stateOf(upload)) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', 'the location is that of an earlier step', {
      headers: progressHeaders(upload, call.registry.settings.uploads),
      reason: 'upload-stale',
    })
  }
  upload.touched = Date.now()
  return upload
}

export function unknownUpload(): Refusal {
  return new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
}

export async function openUpload(call: Call, algorithm: Algorithm): Promise<Upload> {
  const [digester, writer] = await Promise.all([
    createDigester(algorithm),
    call.repository.writeBlob(),
  ])
  return {
    id: randomId(),
    name: call.name,
    algorithm,
    digester,
    writer,
    touched: Date.now(),
    firstChunk: 0,
    short: false,
    cancelled: false,
  }
}

export async function dropUpload(call: Call, upload: Upload): Promise<void> {
  upload.cancelled = true
  call.registry.uploads.delete(upload.id)
  await upload.writer.discard()
}

export async function dropAbandoned(call: Call): Promise<void> {
  const oldest = Date.now() - SESSION_LIFETIME
  for (const upload of call.registry.uploads.values()) {
    if (upload.touched < oldest) await dropUpload(call, upload)
  }
}

export function progress(status: number, upload: Upload, settings: UploadSettings): Response {
  return empty(status, progressHeaders(upload, settings))
}

export function progressHeaders(upload: Upload, settings: UploadSettings): Record<string, string> {
  const { name, id, writer, firstChunk } = upload
  const state = settings.state ? `?${settings.state}=${stateOf(upload)}` : ''
  const size = settings.range === 'first chunk' && firstChunk > 0 ? firstChunk : writer.size
  const end = settings.range === 'length' ? size : size - 1
  // The spec has no spelling for "nothing yet"; the default is distribution's.
  const range = size === 0 ? settings.emptyRange : `0-${end}`
  return {
    Location: `/v2/${name}/blobs/uploads/${id}${state}`,
    Range: `${settings.rangePrefix}${range}`,
  }
}

/** Tells the steps of an upload apart. */
function stateOf(upload: Upload): string {
  return String(upload.writer.size)
}
