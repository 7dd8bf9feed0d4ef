/**
 * Pushing in chunks: `POST`, one `PATCH` per chunk, `PUT` (distribution-spec 1.1, "Pushing a blob in
 * chunks"). One chunk is in memory at a time, and is what a broken connection is resumed from. Loaded
 * for large data and streams.
 *
 * @module
 */

import { ContentError, RegistryError } from '../../errors.ts'
import { createDigester } from '../../model/digest.ts'
import { dropBody } from '../../platform/body.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import { isNode, isPage } from '../../platform/page.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { send } from '../send.ts'
import { redact } from '../wire/origins.ts'
import { type BlobSource, type ChunkReader, chunkReader } from './chunk-reader.ts'
import { isRefused, isSessionLost, MAX_RESTARTS } from './refused.ts'
import { SMALLEST, sendChunk, type Upload } from './send-chunk.ts'
import {
  type Content,
  checkExpected,
  closeUpload,
  type Expected,
  type Opened,
  openUpload,
} from './upload.ts'
import { closeWatched } from './watched-upload.ts'

/** Options of {@link pushChunks}. */
export interface PushChunksOptions {
  readonly algorithm: Algorithm
  readonly expected: Expected
  /** Bytes in all, as far as is known. */
  readonly total?: number | undefined
  /** An upload that is open, to be used. */
  readonly opened?: Opened | undefined
  /** @default 8 MiB */
  readonly chunkSize?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const CHUNK = 8 * 1024 * 1024

/**
 * Pushes a blob in chunks; data that can be read again from the start again where the session was lost, and in one
 * request where the registry takes no chunks, or no second one. Nothing is kept by the registry when the data is not
 * what was expected.
 *
 * @throws `ContentError` `SIZE_MISMATCH`, `DIGEST_MISMATCH`
 */
export async function pushChunks(
  repo: Repository,
  source: BlobSource,
  options: PushChunksOptions,
): Promise<Content> {
  const again = { ...options, opened: undefined }
  for (let lost = 0; ; lost++) {
    try {
      return await pushOnce(repo, source, lost === 0 ? options : again)
    } catch (error) {
      if (source instanceof ReadableStream) throw error
      if (lost < MAX_RESTARTS && isSessionLost(error, 1)) continue
      // Where each second chunk meets a session that is gone, its registry takes one alone.
      if (!refusesPatch(error)) throw error
      return pushAtOnce(repo, source, options)
    }
  }
}

async function pushOnce(
  repo: Repository,
  source: BlobSource,
  options: PushChunksOptions,
): Promise<Content> {
  const { expected, signal } = options
  const reader = chunkReader(source, signal)
  let upload: StartedUpload | undefined
  try {
    upload = await startUpload(repo, options)
    checkChunks(upload)
    return await sendChunks(repo, reader, upload, options)
  } catch (error) {
    reader.cancel(error)
    if (!upload) throw error
    const cancelled = cancelUpload(repo, upload.session, signal?.aborted)
    // Whoever gave up does not wait for the registry.
    if (!signal?.aborted) await cancelled
    const refused =
      upload.offset === 0
        ? error instanceof RegistryError && ['PATCH', 'POST'].includes(error.method)
        : refusesPatch(error) && !isSessionLost(error, upload.offset)
    if (!refused || source instanceof ReadableStream || !expected.digest) throw error
    return pushAtOnce(repo, source, options)
  }
}

function refusesPatch(error: unknown): boolean {
  return error instanceof RegistryError && error.method === 'PATCH' && isRefused(error)
}

/** Everything in one PUT, from the start. */
async function pushAtOnce(
  repo: Repository,
  source: Exclude<BlobSource, ReadableStream>,
  options: PushChunksOptions,
): Promise<Content> {
  const { expected, signal } = options
  const { onProgress } = internalsOf(repo).options
  const content = { digest: expected.digest!, size: expected.size ?? 0 }
  const { digest, size: total } = content
  const open = () => startUpload(repo, { ...options, opened: undefined })
  const report = (done: number) =>
    onProgress?.({ direction: 'upload', digest, bytes: { done, total } })
  const { session } = await open()
  if (!onProgress) await closeUpload(repo, session, digest, source as BodyInit, signal)
  else if (!(await closeWatched(repo, session, source, content, report, signal))) {
    // What came of the stream may have ended the session.
    const { session } = await open()
    await closeUpload(repo, session, digest, source as BodyInit, signal)
  }
  return content
}

/** An upload, and the most that the registry takes at once. */
interface StartedUpload extends Upload {
  readonly most: number
}

async function startUpload(repo: Repository, options: PushChunksOptions): Promise<StartedUpload> {
  const { chunkSize = CHUNK } = options
  const { onProgress } = internalsOf(repo).options
  const opened = options.opened ?? (await openUpload(repo, {}, undefined, options.signal))
  if (!opened.session) throw new TypeError('An upload cannot end before it has a digest')
  const limit = (name: string, otherwise: number) => {
    const bytes = Number(opened.headers.get(name))
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : otherwise
  }
  const least = Math.min(limit('oci-chunk-min-length', 0), 4 * CHUNK)
  const most = limit('oci-chunk-max-length', Number.POSITIVE_INFINITY)
  return {
    session: opened.session,
    offset: 0,
    // Elsewhere a stream may go without its length, which some registries want: only where somebody watches it.
    streams: isNode() || (onProgress !== undefined && !isPage()),
    broken: 0,
    chunkSize: Math.min(Math.max(chunkSize, least), most),
    most,
  }
}

/** Refuses a registry that wants so little at once that an upload would not come to its end. */
function checkChunks({ session, most }: StartedUpload): void {
  if (most >= SMALLEST) return
  const hint = `It takes at most ${most} bytes at once (OCI-Chunk-Max-Length), and less than ${SMALLEST} are not sent`
  throw new RegistryError({ method: 'POST', url: redact(session), status: 202, hint })
}

/** Sends all chunks and ends the upload. */
async function sendChunks(
  repo: Repository,
  reader: ChunkReader,
  upload: Upload,
  { algorithm, expected, total, signal }: PushChunksOptions,
): Promise<Content> {
  const { onProgress } = internalsOf(repo).options
  const digester = await createDigester(algorithm)
  const { digest: known } = expected
  let furthest = -1
  // What is sent again was told before.
  const report =
    onProgress &&
    ((done: number) => {
      if (done <= furthest) return
      furthest = done
      onProgress({ direction: 'upload', digest: known, bytes: { done, total } })
    })
  report?.(upload.offset)
  for (;;) {
    const chunk = await reader.next(upload.chunkSize)
    if (chunk.byteLength === 0) break
    await digester.update(chunk)
    if (expected.size !== undefined && digester.size > expected.size) {
      const what = 'blob in bytes, more than'
      throw new ContentError('SIZE_MISMATCH', what, expected.size, digester.size)
    }
    await sendChunk(repo, upload, chunk, report, signal)
    report?.(upload.offset)
  }
  const { size } = digester
  const digest = await digester.digest()
  checkExpected(expected, digest, size)
  await closeUpload(repo, upload.session, digest, undefined, signal)
  return { digest, size }
}

/** Milliseconds for that in the background: nothing stays open for longer after an abort. */
const FAREWELL = 700

async function cancelUpload(
  repo: Repository,
  session: string,
  aborted: boolean | undefined,
): Promise<void> {
  try {
    const response = await send(repo, {
      method: 'DELETE',
      path: session,
      expect: [400, 404, 405],
      actions: ['pull', 'push'],
      once: true,
      ...(aborted && { timeout: FAREWELL }),
    })
    dropBody(response)
  } catch {
    // The upload has failed already, and registries drop old sessions themselves.
  }
}
