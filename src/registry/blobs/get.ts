/**
 * Reading a blob: a stream that is checked while it flows, and goes on with a Range request where a
 * connection breaks (distribution-spec 1.1, "Pulling blobs").
 *
 * @module
 */
import { ContentError, InvalidInputError, RegistryError } from '../../errors.ts'
import { type Digest, parseDigest, verifyBytes, verifyStream } from '../../model/digest.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { decodeBase64 } from '../../platform/base64.ts'
import { concat } from '../../platform/body.ts'
import { blobPath } from '../endpoints.ts'
import type { CallOptions } from '../manifests.ts'
import { internals, type Repository, send } from '../repository.ts'
import { translate } from '../wire/failures.ts'
import { redact } from '../wire/origins.ts'

/** What to read: a descriptor, or a digest whose size is not known. */
export type BlobReference =
  | Digest
  | string
  | { readonly digest: Digest; readonly size?: number | undefined; readonly data?: string }

/**
 * Reads a blob as a stream. Its size and digest are checked while it flows: the stream fails at its
 * end when they are wrong, so use nothing of it before.
 *
 * Requests: `GET blobs/<digest>`, and again with `Range` where the connection breaks, at most
 * `retries` times without progress. None when a descriptor carries the content as `data`.
 *
 * @throws `RegistryError` 404; through the stream `ContentError`, `ConnectionError`
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { getBlob, pushBlob } from 'ocilink/registry'
 *
 * const app = repository('registry.test/app', { fetch: embeddedRegistry().fetch })
 * const blob = await pushBlob(app, 'hello')
 * console.log(await new Response(await getBlob(app, blob)).text())
 * ```
 */
export async function getBlob(
  repo: Repository,
  blob: BlobReference,
  options: CallOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const reference = typeof blob === 'string' ? { digest: blob } : blob
  const digest = parseDigest(reference.digest)
  const { size, data } = reference as { size?: number; data?: string }
  if (data !== undefined) {
    const bytes = decodeBase64(data)
    if (!bytes) throw new InvalidInputError('INVALID_MANIFEST', 'descriptor.data', 'base64', data)
    await verifyBytes(bytes, { digest, size })
    return new Blob([bytes]).stream()
  }
  const { signal } = options
  const { options: settings } = repo[internals]
  const path = blobPath(repo.name, digest)
  let body = (await request(0)).getReader()
  let offset = 0
  let failures = 0

  async function request(from: number): Promise<ReadableStream<Uint8Array>> {
    const response = await send(repo, {
      method: 'GET',
      path,
      headers: {
        accept: '*/*',
        ...(from > 0 && { range: `bytes=${from}-` }),
      },
      actions: ['pull'],
      signal,
    })
    const stream = response.body ?? new Blob().stream()
    if (from === 0) return stream
    if (response.status !== 206) return skip(stream, from)
    const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
    if (start !== undefined && Number(start) !== from) {
      await stream.cancel()
      throw new RegistryError({
        method: 'GET',
        url: redact(new URL(path, repo[internals].origin)),
        status: 206,
        hint: `It was asked for bytes from ${from} and sent them from ${start}`,
      })
    }
    return stream
  }

  async function read(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        const { done, value } = await untilAborted(body.read(), signal)
        if (!done) {
          offset += value.byteLength
          if (value.byteLength > 0) failures = 0
          return value
        }
        if (size === undefined || offset >= size) return undefined
      } catch (error) {
        body.cancel(error).catch(() => {})
        signal?.throwIfAborted()
        // Broken after its last byte: there is nothing more to ask for.
        if (offset === size) return undefined
        if (++failures > (settings.retries ?? 2))
          throw translate(error, 'GET', new URL(path, repo[internals].origin).href)
        await delay(backoff(failures), signal)
        body = (await request(offset)).getReader()
        continue
      }
      // Ended early without an error: a cut body without Content-Length.
      if (++failures > (settings.retries ?? 2))
        throw new ContentError('SIZE_MISMATCH', digest, size, offset)
      body = (await request(offset)).getReader()
    }
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await read()
        if (!chunk) return controller.close()
        settings.onProgress?.({ direction: 'download', digest, transferred: offset, total: size })
        controller.enqueue(chunk)
      },
      cancel: (reason) => body.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return stream.pipeThrough(verifyStream({ digest, size }))
}

/** Options of {@link getBlobBytes}. */
export interface GetBlobBytesOptions extends CallOptions {
  /**
   * Most bytes to take.
   * @default 4 MiB
   */
  readonly limit?: number | undefined
}

/**
 * Reads a small blob whole.
 *
 * Requests: as {@link getBlob}.
 *
 * @throws `ContentError` `TOO_LARGE`, before anything is read when the descriptor says so
 */
export async function getBlobBytes(
  repo: Repository,
  blob: BlobReference,
  options: GetBlobBytesOptions = {},
): Promise<Uint8Array> {
  const { limit = 4 * 1024 * 1024 } = options
  if (typeof blob !== 'string' && (blob.size ?? 0) > limit) {
    throw new ContentError('TOO_LARGE', 'blob in bytes', limit, blob.size!)
  }
  const reader = (await getBlob(repo, blob, options)).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(chunks, size)
    chunks.push(value)
    size += value.byteLength
    if (size <= limit) continue
    await reader.cancel()
    throw new ContentError('TOO_LARGE', 'blob in bytes', limit, size)
  }
}

/** A registry that ignores Range sends everything again: the part we have is dropped. */
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
