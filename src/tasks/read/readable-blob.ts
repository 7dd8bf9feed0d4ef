/**
 * A blob that is read when its content is wanted.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
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
  const bytes = async () => known ?? getBlobBytes(repo, blob, options)
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
    stream: () => (known ? new Blob([known]).stream() : lazyStream(repo, blob, options)),
  }
}

function lazyStream(
  repo: Repository,
  { digest, size, data }: Descriptor,
  { signal }: ReadBlobOptions,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const blob = { digest, size, ...(data !== undefined && { data }) }
        reader ??= (await getBlob(repo, blob, { signal })).getReader()
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
