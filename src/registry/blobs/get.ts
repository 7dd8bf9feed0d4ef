/**
 * Reading a blob, as a stream that is checked while it flows or whole (distribution-spec 1.1, "Pulling
 * blobs").
 *
 * @module
 */
import { ContentError, InvalidInputError } from '../../errors.ts'
import { type Digest, parseDigest, verifyBytes } from '../../model/digest.ts'
import { verifyStream } from '../../model/verify-stream.ts'
import { decodeBase64 } from '../../platform/base64.ts'
import { concat } from '../../platform/body.ts'
import { type Checks, checkOptions, wholeNumber } from '../../platform/options.ts'
import { type CallOptions, callChecks } from '../options.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { openBlob } from './blob-reader.ts'

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
 * @throws `RegistryError` `NOT_FOUND`; through the stream `ContentError`, `ConnectionError`
 * @see distribution-spec 1.1, "Pulling blobs"
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
  internalsOf(repo)
  checkOptions(options, callChecks)
  return readBlob(repo, blob, options.signal)
}

/** Options of {@link getBlobBytes}. */
export interface GetBlobBytesOptions extends CallOptions {
  /**
   * Most bytes to take.
   * @default 4 MiB
   */
  readonly limit?: number | undefined
}

const bytesChecks: Checks<GetBlobBytesOptions> = { ...callChecks, limit: wholeNumber }

/**
 * Reads a small blob whole.
 *
 * Requests: as {@link getBlob}.
 *
 * @throws `ContentError` `TOO_LARGE`, before anything is read when the descriptor says so
 * @see distribution-spec 1.1, "Pulling blobs"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { getBlobBytes, pushBlob } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const { digest } = await pushBlob(app, 'hello')
 * const bytes = await getBlobBytes(app, digest, { limit: 1024 })
 * console.log(new TextDecoder().decode(bytes))
 * ```
 */
export async function getBlobBytes(
  repo: Repository,
  blob: BlobReference,
  options: GetBlobBytesOptions = {},
): Promise<Uint8Array> {
  internalsOf(repo)
  checkOptions(options, bytesChecks)
  const { limit = 4 * 1024 * 1024, signal } = options
  const announced = parseBlob(blob).size ?? 0
  if (announced > limit) throw tooLarge(limit, announced)
  const reader = (await readBlob(repo, blob, signal)).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(chunks, size)
    chunks.push(value)
    size += value.byteLength
    if (size <= limit) continue
    reader.cancel().catch(() => {})
    throw tooLarge(limit, size)
  }
}

async function readBlob(
  repo: Repository,
  blob: BlobReference,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const { digest, size, data } = parseBlob(blob)
  if (data !== undefined) {
    const bytes = decodeBase64(data)
    if (!bytes) throw new InvalidInputError('INVALID_MANIFEST', 'descriptor.data', 'base64', data)
    await verifyBytes(bytes, { digest, size })
    return new Blob([bytes]).stream()
  }
  const { onProgress } = internalsOf(repo).options
  const reader = await openBlob(repo, { digest, size }, signal)
  let done = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await reader.read()
        if (!chunk) return controller.close()
        done += chunk.byteLength
        onProgress?.({ direction: 'download', digest, bytes: { done, total: size } })
        controller.enqueue(chunk)
      },
      cancel: reader.cancel,
    },
    { highWaterMark: 0 },
  )
  return stream.pipeThrough(verifyStream({ digest, size }))
}

function parseBlob(blob: BlobReference): {
  readonly digest: Digest
  readonly size?: number | undefined
  readonly data?: string | undefined
} {
  if (typeof blob === 'string') return { digest: parseDigest(blob) }
  if (typeof blob !== 'object' || blob === null)
    throw new TypeError(`"blob" must be a digest or a descriptor, got ${typeof blob}`)
  const { digest, size, data } = blob
  if (size !== undefined && !wholeNumber[1](size))
    throw new InvalidInputError('INVALID_INPUT', 'size', wholeNumber[0], size)
  return { digest: parseDigest(digest), size, data }
}

function tooLarge(limit: number, size: number): ContentError {
  const hint = 'Pass a larger "limit" to getBlobBytes(), or stream it with getBlob()'
  return new ContentError('TOO_LARGE', 'blob in bytes', limit, size, { hint })
}
