/**
 * Pushing in chunks: `POST`, one `PATCH` per chunk, `PUT` (distribution-spec 1.1, "Pushing a blob in
 * chunks"). One chunk is in memory at a time, and is what a broken connection is resumed from.
 * Loaded by push-blob.ts for large data and streams.
 *
 * @module
 */
import { ConnectionError, ContentError, RegistryError } from '../../errors.ts'
import { createDigester, type Digest } from '../../model/digest.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import { internals, type Repository, send } from '../repository.ts'
import { retryAfter } from '../wire/failures.ts'
import { checkExpected, closeUpload, locationOf, type Opened, openUpload } from './upload.ts'

/** Options of {@link pushChunks}. */
export interface PushChunksOptions {
  readonly algorithm: Algorithm
  readonly expected: {
    readonly digest?: Digest | undefined | ''
    readonly size?: number | undefined
  }
  /** An upload that is open, to be used. */
  readonly opened?: Opened | undefined
  /** @default 8 MiB */
  readonly chunkSize?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const CHUNK = 8 * 1024 * 1024
/** Registries that take less than this at once are not served. */
const SMALLEST = 64 * 1024

/**
 * Pushes a blob in chunks; nothing is kept by the registry when the data is not what was expected.
 *
 * @throws `ContentError` `SIZE_MISMATCH`, `DIGEST_MISMATCH`
 */
export async function pushChunks(
  repo: Repository,
  source: ReadableStream<Uint8Array> | Uint8Array | Blob,
  options: PushChunksOptions,
): Promise<{ digest: Digest; size: number }> {
  const { expected, signal } = options
  const { onProgress } = repo[internals].options
  const reader = chunkReader(source, signal)
  const digester = await createDigester(options.algorithm)
  const upload = await startUpload(repo, options).catch((error) => {
    reader.cancel(error)
    throw error
  })
  try {
    for (;;) {
      const chunk = await reader.next(upload.chunkSize)
      if (chunk.byteLength === 0) break
      digester.update(chunk)
      if (expected.size !== undefined && digester.size > expected.size) {
        throw new ContentError(
          'SIZE_MISMATCH',
          'blob in bytes, more than',
          expected.size,
          digester.size,
        )
      }
      await sendChunk(repo, upload, chunk, signal)
      onProgress?.({
        direction: 'upload',
        digest: expected.digest || undefined,
        transferred: upload.offset,
        total: expected.size,
      })
    }
    const { size } = digester
    const digest = digester.digest()
    checkExpected(expected, digest, size)
    await closeUpload(repo, upload.session, digest, undefined, signal)
    return { digest, size }
  } catch (error) {
    reader.cancel(error)
    const cancelled = cancelUpload(repo, upload.session)
    // Whoever gave up does not wait for the registry.
    if (!signal?.aborted) await cancelled
    const refused =
      error instanceof RegistryError && upload.offset === 0 && error.method === 'PATCH'
    if (!refused || source instanceof ReadableStream || !expected.digest) throw error
    // A registry that takes no chunks: everything in one PUT, from the start.
    const whole = await startUpload(repo, { ...options, opened: undefined })
    await closeUpload(repo, whole.session, expected.digest, source as BodyInit, signal)
    return { digest: expected.digest, size: expected.size ?? 0 }
  }
}

/** An open session and how far it is. */
interface Upload {
  session: string
  offset: number
  chunkSize: number
}

async function startUpload(repo: Repository, options: PushChunksOptions): Promise<Upload> {
  const { chunkSize = CHUNK } = options
  const opened = options.opened ?? (await openUpload(repo, {}, undefined, options.signal))
  if (!opened.session) throw new TypeError('An upload cannot end before it has a digest')
  const told = (name: string, otherwise: number) => {
    const bytes = Number(opened.headers.get(name))
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : otherwise
  }
  const least = Math.min(told('oci-chunk-min-length', 0), 4 * CHUNK)
  const most = told('oci-chunk-max-length', Number.POSITIVE_INFINITY)
  return {
    session: opened.session,
    offset: 0,
    chunkSize: Math.min(Math.max(chunkSize, least), most),
  }
}

/** Sends one chunk, whatever it takes: again after a broken connection, in parts when too large. */
async function sendChunk(
  repo: Repository,
  upload: Upload,
  chunk: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const start = upload.offset
  const end = start + chunk.byteLength
  const { retries = 2, maxRetryAfter = 60_000 } = repo[internals].options
  let failures = 0
  while (upload.offset < end) {
    const part = chunk.subarray(upload.offset - start, upload.offset - start + upload.chunkSize)
    try {
      const response = await send(repo, {
        method: 'PATCH',
        path: upload.session,
        headers: {
          'content-type': 'application/octet-stream',
          'content-range': `${upload.offset}-${upload.offset + part.byteLength - 1}`,
        },
        body: part as Uint8Array<ArrayBuffer>,
        actions: ['pull', 'push'],
        timeout: false,
        signal,
      })
      await response.body?.cancel()
      upload.offset += part.byteLength
      failures = 0
      // Some send the session's next address only when it changes.
      if (response.headers.has('location'))
        upload.session = locationOf(repo, response, upload.session)
    } catch (error) {
      const status = error instanceof RegistryError ? error.status : 0
      const tooLarge = status === 413 || status === 416
      const broken = error instanceof ConnectionError || status === 429 || status >= 500
      if (!(tooLarge || broken) || ++failures > retries + (tooLarge ? 4 : 0)) throw error
      if (broken) {
        const wait = retryAfterOf(error)
        if (wait > maxRetryAfter) throw error
        await delay(Math.max(backoff(failures, 400), wait), signal)
      }
      const held = await askOffset(repo, upload, signal)
      if (held !== undefined && (held < start || held > end)) throw error
      const moved = held !== undefined && held > upload.offset
      if (held !== undefined) upload.offset = held
      if (tooLarge && !moved) {
        if (upload.chunkSize / 2 < SMALLEST) throw error
        upload.chunkSize = Math.floor(Math.min(upload.chunkSize, part.byteLength) / 2)
      }
    }
  }
}

/** How many bytes the session holds, where the registry tells. */
async function askOffset(
  repo: Repository,
  upload: Upload,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const response = await send(repo, {
    method: 'GET',
    path: upload.session,
    expect: [400, 404, 405],
    actions: ['pull', 'push'],
    signal,
  })
  await response.body?.cancel()
  if (response.status !== 204) return undefined
  if (response.headers.has('location')) upload.session = locationOf(repo, response, upload.session)
  const range = /^(bytes=)?0-(-?\d+)$/.exec(response.headers.get('range') ?? '')
  if (!range) return undefined
  const last = Number(range[2])
  // Quay writes "bytes=" and how many it has; an empty session is "0--1", and with some "0-0".
  return range[1] || last === 0 ? Math.max(last, 0) : last + 1
}

/** Milliseconds that the refusal of a request asks to wait. */
function retryAfterOf(error: unknown): number {
  const { response } = ((error as Error).cause ?? {}) as { response?: unknown }
  return response instanceof Response ? retryAfter(response) : 0
}

async function cancelUpload(repo: Repository, session: string): Promise<void> {
  try {
    const response = await send(repo, {
      method: 'DELETE',
      path: session,
      expect: [400, 404, 405],
      actions: ['pull', 'push'],
      once: true,
    })
    await response.body?.cancel()
  } catch {
    // The upload has failed already, and registries drop old sessions themselves.
  }
}

/** Cuts a source into chunks of the asked size; the last one may be shorter, the end is empty. */
function chunkReader(
  source: ReadableStream<Uint8Array> | Uint8Array | Blob,
  signal: AbortSignal | undefined,
): {
  next(size: number): Promise<Uint8Array>
  cancel(reason: unknown): void
} {
  if (!(source instanceof ReadableStream)) {
    let offset = 0
    return {
      async next(size) {
        const part =
          source instanceof Blob
            ? new Uint8Array(await source.slice(offset, offset + size).arrayBuffer())
            : source.subarray(offset, offset + size)
        offset += part.byteLength
        return part
      },
      cancel: () => {},
    }
  }
  const reader = source.getReader()
  let rest: Uint8Array = new Uint8Array()
  let buffer: Uint8Array = rest
  return {
    async next(size) {
      // One buffer for all chunks: a chunk has been sent when the next one is asked for.
      if (buffer.byteLength !== size) buffer = new Uint8Array(size)
      let held = 0
      while (held < size) {
        if (rest.byteLength === 0) {
          const { done, value } = await untilAborted(reader.read(), signal)
          if (done) break
          rest = value
        }
        const part = rest.subarray(0, size - held)
        buffer.set(part, held)
        held += part.byteLength
        rest = rest.subarray(part.byteLength)
      }
      return buffer.subarray(0, held)
    },
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  }
}
