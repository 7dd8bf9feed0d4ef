/**
 * One chunk of an upload, whatever it takes: again after a broken connection, in parts where it is too
 * large (distribution-spec 1.1, "Pushing a blob in chunks").
 *
 * @module
 */

import { RegistryError } from '../../errors.ts'
import { delay } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { dropBody } from '../../platform/body.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { send } from '../send.ts'
import { answerBehind, isPassing } from '../wire/failures.ts'
import { isSessionLost, MAX_RESTARTS } from './refused.ts'
import { locationOf, openUpload } from './upload.ts'

/** An open session and how far it is. */
export interface Upload {
  session: string
  offset: number
  chunkSize: number
  /** Whether chunks are sent as streams; not where the runtime, or what was met, is against it. */
  streams: boolean
  /** How many streams a connection has broken under. */
  broken: number
}

/** Registries that take less than this at once are not served. */
export const SMALLEST: number = 64 * 1024

/**
 * Sends a chunk, from where the upload is.
 *
 * @param report - is called while it moves, as far as it is sent as a stream
 */
export async function sendChunk(
  repo: Repository,
  upload: Upload,
  chunk: Uint8Array,
  report: ((done: number) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const start = upload.offset
  const end = start + chunk.byteLength
  const { retries = 2 } = internalsOf(repo).options
  let failures = 0
  let furthest = start
  let lost = 0
  const { broken } = upload
  while (upload.offset < end) {
    const from = upload.offset - start
    const part = chunk.subarray(from, from + upload.chunkSize)
    const watch = watched(upload.offset, report)
    try {
      await patch(repo, upload, part, watch.moved, signal)
      // What was taken before, and was lost since, is no progress.
      if (upload.offset > furthest) failures = 0
      furthest = Math.max(furthest, upload.offset)
    } catch (error) {
      signal?.throwIfAborted()
      watch.throwFailure()
      // A stream follows no redirect, and is not sent again with a login. Bytes are.
      const streamed = upload.streams && !answerBehind(error)
      if (streamed) upload.streams = false
      if (streamed && !isPassing(error)) continue
      if (streamed) upload.broken++
      // Nothing came before this chunk, which is at hand: also of a stream, which cannot be read again.
      if (start === 0 && lost++ < MAX_RESTARTS && isSessionLost(error, upload.offset)) {
        upload.session = (await openUpload(repo, {}, undefined, signal)).session!
        upload.offset = 0
        continue
      }
      const tooLarge = error instanceof RegistryError && [413, 416].includes(error.status)
      const allowed = tooLarge ? retries + 4 : retries
      if (!(tooLarge || isPassing(error)) || ++failures > allowed) throw error
      if (!tooLarge) await pause(repo, error, failures, signal)
      const before = upload.offset
      const held = await askOffset(repo, upload, signal)
      if (held !== undefined && (held < start || held > end)) throw error
      upload.offset = held ?? before
      if (tooLarge && upload.offset <= before) {
        if (upload.chunkSize / 2 < SMALLEST) throw error
        upload.chunkSize = Math.floor(Math.min(upload.chunkSize, part.byteLength) / 2)
      }
    }
  }
  // The network, and not the stream, unless that happens again and again.
  if (upload.broken > broken && upload.broken <= MAX_RESTARTS) upload.streams = true
}

/** Who watches a part; what they throw ends the call, however the runtime passes on that its stream failed. */
function watched(start: number, report: ((done: number) => void) | undefined) {
  let failure: { readonly error: unknown } | undefined
  return {
    moved(bytes: number): void {
      try {
        report?.(start + bytes)
      } catch (error) {
        failure = { error }
        throw error
      }
    },
    throwFailure(): void {
      if (failure) throw failure.error
    },
  }
}

async function patch(
  repo: Repository,
  upload: Upload,
  part: Uint8Array,
  moved: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const response = await send(repo, {
    method: 'PATCH',
    path: upload.session,
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `${upload.offset}-${upload.offset + part.byteLength - 1}`,
      // A stream has no length of its own.
      ...(upload.streams && { 'content-length': String(part.byteLength) }),
    },
    body: upload.streams ? streamOf(part, moved) : (part as Uint8Array<ArrayBuffer>),
    actions: ['pull', 'push'],
    timeout: false,
    signal,
  })
  dropBody(response)
  upload.offset += part.byteLength
  // Some send the session's next address only when it changes.
  if (response.headers.has('location')) upload.session = locationOf(repo, response, upload.session)
}

/** Bytes of a piece of a stream. */
const PIECE = 256 * 1024

/**
 * A chunk as a stream. Of bytes Node's `fetch` makes four copies, which are garbage then: of a gibibyte that is half of
 * the time and of the memory.
 */
function streamOf(
  chunk: Uint8Array,
  moved: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= chunk.byteLength) return controller.close()
        // Before the first piece nothing has moved.
        if (at > 0) moved(at)
        controller.enqueue(chunk.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>)
        at += PIECE
      },
    },
    { highWaterMark: 0 },
  )
}

/** Waits as long as the registry asks, if that is not too long. */
async function pause(
  repo: Repository,
  error: unknown,
  failures: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { maxRetryAfter = 60_000 } = internalsOf(repo).options
  const { retryAfter = 0 } = error as RegistryError
  if (retryAfter > maxRetryAfter) throw error
  await delay(Math.max(backoff(failures, 400), retryAfter), signal)
}

/** How many bytes the session holds, where the registry says so. */
async function askOffset(
  repo: Repository,
  upload: Upload,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const response = await send(repo, {
    method: 'GET',
    path: upload.session,
    expect: [400, 403, 404, 405, 501],
    actions: ['pull', 'push'],
    signal,
  })
  dropBody(response)
  if (response.status !== 204) return undefined
  if (response.headers.has('location')) upload.session = locationOf(repo, response, upload.session)
  const range = /^(bytes=)?0-(-?\d+)$/.exec(response.headers.get('range') ?? '')
  if (!range) return undefined
  const last = Number(range[2])
  // Quay writes "bytes=" and how many it has; an empty session is "0--1", and with some "0-0".
  return range[1] || last === 0 ? Math.max(last, 0) : last + 1
}
