/**
 * The bytes of a blob over a connection that may break: then the rest is requested with `Range`
 * (distribution-spec 1.1, "Pulling blobs").
 *
 * @module
 */
import { ContentError, isOcilinkError, RegistryError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { blobPath } from '../endpoints.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { send } from '../send.ts'
import { bodyFailure } from '../wire/failures.ts'
import { redact } from '../wire/origins.ts'

/** Reads a blob, chunk by chunk. */
export interface BlobReader {
  /** The next bytes; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>
  cancel(reason: unknown): Promise<void>
}

/**
 * Starts to read a blob.
 *
 * @throws through the reader: `ConnectionError` or `ContentError` `SIZE_MISMATCH` when the connection
 *   broke more than `retries` times without progress
 */
export async function openBlob(
  repo: Repository,
  { digest, size }: { readonly digest: Digest; readonly size?: number | undefined },
  signal: AbortSignal | undefined,
): Promise<BlobReader> {
  const { origin, options } = internalsOf(repo)
  const { retries = 2 } = options
  let body = (await requestFrom(repo, digest, 0, signal)).getReader()
  let offset = 0
  let failures = 0

  async function read(): Promise<Uint8Array | undefined> {
    let failure: unknown
    try {
      const { done, value } = await untilAborted(body.read(), signal)
      if (!done) {
        offset += value.byteLength
        if (value.byteLength > 0) failures = 0
        return value
      }
      if (size === undefined || offset >= size) return undefined
      // Ended early without an error: a cut body without Content-Length.
      failure = new ContentError('SIZE_MISMATCH', digest, size, offset)
    } catch (error) {
      body.cancel(error).catch(() => {})
      signal?.throwIfAborted()
      // Broken after its last byte: there is nothing more to read.
      if (offset === size) return undefined
      failure = bodyFailure(error, 'GET', new URL(blobPath(repo.name, digest), origin).href)
      if (!isOcilinkError(failure, 'CONNECTION')) throw failure
    }
    if (++failures > retries) throw failure
    await delay(backoff(failures), signal)
    body = (await requestFrom(repo, digest, offset, signal)).getReader()
    return read()
  }

  return { read, cancel: (reason) => body.cancel(reason) }
}

/** The bytes of a blob from an offset on. */
async function requestFrom(
  repo: Repository,
  digest: Digest,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const path = blobPath(repo.name, digest)
  const range = offset > 0 && { range: `bytes=${offset}-` }
  const headers = { accept: '*/*', ...range }
  const response = await send(repo, { method: 'GET', path, headers, actions: ['pull'], signal })
  const stream = response.body ?? new Blob().stream()
  if (offset === 0) return stream
  // A registry that ignores Range sends everything again.
  if (response.status !== 206) return skip(stream, offset)
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (start === undefined || Number(start) === offset) return stream
  stream.cancel().catch(() => {})
  throw new RegistryError({
    method: 'GET',
    url: redact(new URL(path, internalsOf(repo).origin)),
    status: 206,
    hint: `The request was for bytes from ${offset}, and the answer has them from ${start}`,
  })
}

/** Drops the part of a stream that is there already. */
function skip(stream: ReadableStream<Uint8Array>, bytes: number): ReadableStream<Uint8Array> {
  let left = bytes
  return stream.pipeThrough(
    new TransformStream({
      transform(chunk: Uint8Array, controller) {
        const dropped = Math.min(left, chunk.byteLength)
        left -= dropped
        if (dropped < chunk.byteLength) controller.enqueue(chunk.subarray(dropped))
      },
    }),
  )
}
