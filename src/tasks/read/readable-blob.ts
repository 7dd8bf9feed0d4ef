/**
 * A blob that is read when its content is wanted.
 *
 * @module
 */
import { ContentError, InvalidInputError, isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { lazyStream } from '../../platform/lazy-stream.ts'
import { getBlob, getBlobBytes } from '../../registry/blobs/get.ts'
import type { Repository } from '../../registry/repository.ts'

/** The content of a blob. Its size and digest are checked whichever way it is read. */
export interface Content {
  /** Whole. Requests: `GET blobs/<digest>`. */
  bytes(): Promise<Uint8Array>
  /** Whole, as UTF-8. Requests: as `bytes()`. */
  text(): Promise<string>
  /**
   * Whole, as JSON. Requests: as `bytes()`.
   *
   * @throws {@link InvalidInputError} for what is not JSON
   */
  json<T = unknown>(): Promise<T>
  /**
   * As a stream of any size, which fails at its end when the content is not what its digest says. Requests: as
   * `bytes()`, when the first chunk is wanted.
   */
  stream(): ReadableStream<Uint8Array>
}

/** A blob's descriptor, and its content. */
export interface ReadableBlob extends Descriptor, Content {}

/** How blobs are read. */
export interface ReadBlobOptions {
  readonly limit: number
  readonly signal: AbortSignal | undefined
}

/**
 * Makes a blob readable.
 *
 * @param known - its bytes, where they were read
 */
export function readableBlob(
  repo: Repository,
  blob: Descriptor,
  options: ReadBlobOptions,
  known?: Uint8Array<ArrayBuffer>,
): ReadableBlob {
  const { digest, size, data } = blob
  const named = { digest, size, ...(data !== undefined && { data }) }
  const open = () => getBlob(repo, named, { signal: options.signal })
  const bytes = async () => known ?? getBlobBytes(repo, blob, options).catch(nameLimit)
  const text = async () => new TextDecoder().decode(await bytes())
  return {
    ...blob,
    bytes,
    text,
    async json<T>() {
      const content = await text()
      try {
        return JSON.parse(content) as T
      } catch (error) {
        const message = `The blob ${blob.digest} (${blob.mediaType}) is not JSON: read it with text() or bytes()`
        throw new InvalidInputError('INVALID_INPUT', 'blob', 'JSON', content, {
          message,
          cause: error,
        })
      }
    },
    stream: () => lazyStream(() => (known ? new Blob([known]).stream() : open())),
  }
}

/** Says of what is too large what a caller has at hand, who never called `getBlobBytes()`. */
function nameLimit(error: unknown): never {
  if (!isOcilinkError(error, 'TOO_LARGE')) throw error
  const hint =
    'Pass a larger "limit" to readArtifact(), artifacts() or statements(), or read it with stream()'
  throw new ContentError('TOO_LARGE', 'blob in bytes', error.expected, error.actual, { hint })
}
