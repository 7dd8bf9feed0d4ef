/**
 * How far an upload is, as its answers say it (distribution-spec 1.1, "Pushing a blob in chunks").
 *
 * @module
 */
import type { Upload } from '../calls/upload-sessions.ts'
import type { UploadSettings } from '../settings/settings.ts'
import type { Answer } from '../wire/answer.ts'
import { empty } from '../wire/answers.ts'

/** An answer without a body that says so. */
export function progress(status: number, upload: Upload, settings: UploadSettings): Answer {
  return empty(status, progressHeaders(upload, settings))
}

/** `Location` and `Range`. */
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

/** Differs between the steps of an upload. */
export function stateOf(upload: Upload): string {
  return String(upload.writer.size)
}
