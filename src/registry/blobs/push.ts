/**
 * Pushing a blob in the fewest requests: small data in a single POST where that is understood, a
 * mount from the same repository as the question "is it there?" where it is not, then POST and PUT.
 * Large data goes in chunks (push-chunks.ts, loaded when needed).
 *
 * @module
 */
import { InvalidInputError, RegistryError } from '../../errors.ts'
import { checkAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import {
  algorithmOf,
  type Digest,
  digestOf,
  digestOfStream,
  parseDigest,
} from '../../model/digest.ts'
import type { MediaType } from '../../model/media-types.ts'
import { untilAborted } from '../../platform/abort.ts'
import { concat } from '../../platform/body.ts'
import type { CallOptions } from '../manifests.ts'
import { internals, type Repository } from '../repository.ts'
import { checkExpected, closeUpload, type Opened, openUpload } from './upload.ts'

/** What a blob can be made of. A stream's size need not be known. */
export type BlobData = string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>

/** Options of {@link pushBlob}. */
export interface PushBlobOptions extends CallOptions {
  /** @default 'application/octet-stream' */
  readonly mediaType?: MediaType | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** Digest the data must have; checked here, before the registry sees the end of it. */
  readonly digest?: Digest | string | undefined
  /** Size in bytes the data must have. */
  readonly size?: number | undefined
  /**
   * The blob is probably there already: asks before sending, and not again in this session.
   * @default false
   */
  readonly expectPresent?: boolean | undefined
  /**
   * Bytes per request where data goes in chunks; a registry's own limits come first.
   * @default 8 MiB
   */
  readonly chunkSize?: number | undefined
}

/** Data up to this many bytes is held in memory and sent whole. */
const SMALL = 4 * 1024 * 1024
/** Data over this many bytes is sent in chunks, so that a broken connection loses little. */
const LARGE = 64 * 1024 * 1024

/**
 * Pushes a blob and returns its descriptor.
 *
 * Requests: 1 to 2 for data up to 4 MiB, `POST` and `PUT` up to 64 MiB, `POST`, `PATCH` per chunk
 * and `PUT` above and for longer streams; 1 where the registry has it already and says so.
 *
 * @throws `ContentError` `DIGEST_MISMATCH` or `SIZE_MISMATCH` against `digest` and `size`;
 *   `RegistryError`
 * @see distribution-spec 1.1, "Pushing blobs"
 */
export async function pushBlob(
  repo: Repository,
  data: BlobData,
  options: PushBlobOptions = {},
): Promise<Descriptor> {
  const { mediaType = 'application/octet-stream', signal } = options
  const annotations = checkAnnotations(options.annotations, 'annotations')
  const expected = { digest: options.digest && parseDigest(options.digest), size: options.size }
  const algorithm = expected.digest ? algorithmOf(expected.digest) : 'sha256'
  const describe = ({ digest, size }: { digest: Digest; size: number }): Descriptor => ({
    mediaType,
    digest,
    size,
    ...(annotations && { annotations }),
  })

  const { chunkSize = 2 * SMALL } = options
  if (!(Number.isSafeInteger(chunkSize) && chunkSize > 0)) {
    const shape = 'a whole number of at least 1'
    throw new InvalidInputError('INVALID_INPUT', 'chunkSize', shape, chunkSize)
  }
  const source = await toSource(data, chunkSize, signal)
  if (source instanceof ReadableStream) {
    const { pushChunks } = await import('./push-chunks.ts')
    return describe(await pushChunks(repo, source, { ...options, algorithm, expected }))
  }
  const [digest, size] =
    source instanceof Blob
      ? [(await digestOfStream(source.stream(), algorithm)).digest, source.size]
      : [await digestOf(source, algorithm), source.byteLength]
  checkExpected(expected, digest, size)

  const { present, options: settings } = repo[internals]
  const known = options.expectPresent && present.has(digest)
  if (!known) {
    const opened = await open(repo, source, digest, size, options)
    if (opened.session && size > LARGE) {
      const { pushChunks } = await import('./push-chunks.ts')
      await pushChunks(repo, source, {
        ...options,
        algorithm,
        expected: { digest, size },
        opened,
      })
    } else if (opened.session) {
      await close(repo, opened.session, digest, source, options)
    }
    if (options.expectPresent) present.add(digest)
    settings.onProgress?.({ direction: 'upload', digest, transferred: size, total: size })
  }
  signal?.throwIfAborted()
  return describe({ digest, size })
}

/** Data in memory, a blob too large for that, or a stream longer than one chunk. */
async function toSource(
  data: BlobData,
  chunkSize: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | Blob | ReadableStream<Uint8Array>> {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  if (data instanceof Uint8Array) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (data instanceof Blob)
    return data.size <= SMALL ? new Uint8Array(await data.arrayBuffer()) : data
  if (!(data instanceof ReadableStream)) {
    throw new TypeError(
      `"data" must be text, bytes, a Blob or a ReadableStream, got ${typeof data}`,
    )
  }
  const reader = data.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  while (size < chunkSize) {
    const bytes = await nextBytes(reader, signal)
    if (!bytes) return concat(chunks, size)
    chunks.push(bytes)
    size += bytes.byteLength
  }
  return new ReadableStream({
    async pull(controller) {
      const bytes = chunks.shift() ?? (await nextBytes(reader, undefined))
      return bytes ? controller.enqueue(bytes) : controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** The next bytes of a caller's stream; `undefined` at its end. */
async function nextBytes(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const { value } = await untilAborted(reader.read(), signal)
    if (value === undefined || value instanceof Uint8Array) return value
    throw new TypeError(`"data" must be a stream of Uint8Array, got one of ${typeof value}`)
  } catch (error) {
    reader.cancel(error).catch(() => {})
    throw error
  }
}

/** Opens an upload, or finds that none is needed: then there is no session. */
async function open(
  repo: Repository,
  source: Uint8Array | Blob,
  digest: Digest,
  size: number,
  options: PushBlobOptions,
): Promise<Opened> {
  const { capabilities, name } = repo
  const { signal, expectPresent } = options
  const mount = { mount: digest, from: name }
  if (capabilities.singlePost === 'unsupported' || size > SMALL) {
    return openUpload(repo, mount, undefined, signal)
  }
  // Not asked yet, and probably there: the one request that every registry answers well.
  const both = capabilities.singlePost === 'unknown' && expectPresent
  try {
    const query = { ...(both && mount), digest }
    const opened = await openUpload(repo, query, source as BodyInit, signal)
    if (!both) capabilities.singlePost = opened.session ? 'unsupported' : 'supported'
    return opened
  } catch (error) {
    // Registries that do not know the single POST answer 202; some refuse it instead.
    const refused =
      error instanceof RegistryError && [400, 405, 411, 413, 415, 501].includes(error.status)
    if (!refused) throw error
    capabilities.singlePost = 'unsupported'
    return openUpload(repo, {}, undefined, signal)
  }
}

/** One PUT with everything; in chunks where the registry finds that too large. */
async function close(
  repo: Repository,
  session: string,
  digest: Digest,
  source: Uint8Array | Blob,
  options: PushBlobOptions,
): Promise<void> {
  try {
    await closeUpload(repo, session, digest, source as BodyInit, options.signal)
  } catch (error) {
    const tooLarge = error instanceof RegistryError && [413, 416].includes(error.status)
    if (!tooLarge) throw error
    const { pushChunks } = await import('./push-chunks.ts')
    const size = source instanceof Blob ? source.size : source.byteLength
    await pushChunks(repo, source, {
      ...options,
      algorithm: algorithmOf(digest),
      expected: { digest, size },
    })
  }
}
