/**
 * Pushing a blob in the fewest requests: small data in a single POST where that is understood, a
 * mount from the same repository as the question "is it there?" where it is not, then POST and PUT.
 * Large data goes in chunks (distribution-spec 1.1, "Pushing blobs").
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { checkAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import {
  algorithmOf,
  type Digest,
  digestOf,
  digestOfStream,
  parseDigest,
} from '../../model/digest.ts'
import { isMediaType, type MediaType } from '../../model/media-types.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import {
  anything,
  boolean,
  type Checks,
  checkOptions,
  positiveInteger,
  string,
  wholeNumber,
} from '../../platform/options.ts'
import { type CallOptions, callChecks } from '../options.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { type BlobData, checkBlobData } from './blob-data.ts'
import { isPresent, markPresent } from './present.ts'
import { isRefused, isSessionLost, MAX_RESTARTS } from './refused.ts'
import type { StreamData } from './stream-data.ts'
import { type Content, checkExpected, closeUpload, type Opened, openUpload } from './upload.ts'

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
   * The blob is probably there already: a mount is tried first, and what was seen is not sent again.
   * @default false
   */
  readonly expectPresent?: boolean | undefined
  /**
   * Bytes per request where data goes in chunks; a registry's own limits come first. With it, data in memory that is
   * longer goes in chunks too.
   * @default 8 MiB, for streams and for data over 64 MiB
   */
  readonly chunkSize?: number | undefined
  /** @internal Where the data stands, for errors. */
  readonly path?: string | undefined
}

const checks: Checks<PushBlobOptions> = {
  ...callChecks,
  mediaType: ['a media type such as "application/json"', isMediaType],
  annotations: anything,
  digest: string,
  size: wholeNumber,
  expectPresent: boolean,
  chunkSize: positiveInteger,
  path: string,
}

/** Data up to this many bytes is held in memory and sent whole. */
const SMALL = 4 * 1024 * 1024
/** Data over this many bytes moves visibly where somebody wants to see it. */
const WATCHED = 256 * 1024
/** Data over this many bytes is sent in chunks, so that a broken connection loses little. */
const LARGE = 64 * 1024 * 1024

/**
 * Pushes a blob and returns its descriptor.
 *
 * Requests: 1 to 2 for data up to 4 MiB, `POST` and `PUT` up to 64 MiB, `POST`, `PATCH` per chunk
 * and `PUT` above and for longer streams; 1 where the registry has it already and says so. Where the repository has
 * `onProgress`, data over 256 KiB is not sent with the `POST`.
 *
 * @throws `ContentError` `DIGEST_MISMATCH` or `SIZE_MISMATCH` against `digest` and `size`;
 *   `RegistryError`; `TypeError` for another kind of data
 * @see distribution-spec 1.1, "Pushing blobs"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { pushBlob } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const blob = await pushBlob(app, '{}', { mediaType: 'application/json' })
 * console.log(blob.digest, blob.size)
 * ```
 */
export async function pushBlob(
  repo: Repository,
  data: BlobData,
  options: PushBlobOptions = {},
): Promise<Descriptor> {
  internalsOf(repo)
  checkOptions(options, checks)
  const { mediaType = 'application/octet-stream', path = 'data', signal } = options
  const annotations = checkAnnotations(options.annotations, 'annotations')
  checkBlobData(data, path)
  const { digest, size } = await pushData(repo, data, options)
  signal?.throwIfAborted()
  return { mediaType, digest, size, ...(annotations && { annotations }) }
}

async function pushData(
  repo: Repository,
  data: BlobData,
  options: PushBlobOptions,
): Promise<Content> {
  const { chunkSize = 2 * SMALL, path = 'data', size, signal } = options
  const digest = options.digest === undefined ? undefined : parseDigest(options.digest)
  const expected = { digest, size }
  const algorithm = digest ? algorithmOf(digest) : 'sha256'
  let source = await inMemory(data)
  if (!source) {
    const stream = data as StreamData
    const { pushChunks, readStream, sizeHint } = await onDemand()
    const read = await readStream(stream, { chunkSize, path, signal })
    if (read instanceof ReadableStream) {
      const total = size ?? sizeHint(stream)
      return pushChunks(repo, read, { algorithm, expected, total, chunkSize, signal })
    }
    source = read
  }
  const measured = await measure(source, algorithm)
  checkExpected(expected, measured.digest, measured.size)
  if (!(options.expectPresent && isPresent(repo, measured.digest)))
    await pushKnown(repo, source, measured, options)
  return measured
}

const onDemand = async () => (await import('./on-demand.ts')).onDemand

/** Data that needs no stream: bytes, or a `Blob` that is too large to be read at once. */
async function inMemory(data: BlobData): Promise<Uint8Array | Blob | undefined> {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  if (data instanceof Uint8Array) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (!(data instanceof Blob)) return undefined
  return data.size <= SMALL ? new Uint8Array(await data.arrayBuffer()) : data
}

async function measure(source: Uint8Array | Blob, algorithm: Algorithm): Promise<Content> {
  if (source instanceof Uint8Array)
    return { digest: await digestOf(source, algorithm), size: source.byteLength }
  return digestOfStream(source.stream(), algorithm)
}

/** Options, and who wants to know how many bytes have moved. */
interface Watched extends PushBlobOptions {
  readonly report?: ((done: number) => void) | undefined
}

/** Pushes data whose digest and size are known. */
async function pushKnown(
  repo: Repository,
  source: Uint8Array | Blob,
  expected: Content,
  options: PushBlobOptions,
): Promise<void> {
  const { digest, size } = expected
  const { chunkSize = LARGE, expectPresent } = options
  // Nobody waits for what is probably there, such as `{}`.
  const onProgress = expectPresent ? undefined : internalsOf(repo).options.onProgress
  const report =
    onProgress &&
    ((done: number) => onProgress({ direction: 'upload', digest, bytes: { done, total: size } }))
  const how: Watched = { ...options, report }
  report?.(0)
  const opened = await open(repo, source, digest, size, how)
  if (opened.session && size > chunkSize) await inChunks(repo, source, expected, options, opened)
  else if (opened.session) await close(repo, opened.session, source, expected, how)
  if (expectPresent) markPresent(repo, digest)
  report?.(size)
}

/** Opens an upload, or finds that none is needed: then there is no session. */
async function open(
  repo: Repository,
  source: Uint8Array | Blob,
  digest: Digest,
  size: number,
  options: Watched,
): Promise<Opened> {
  const { capabilities, name } = repo
  const { signal, expectPresent } = options
  const { seen } = internalsOf(repo)
  const most = options.report ? WATCHED : SMALL
  const single = capabilities.singlePost !== 'unsupported' && size <= most
  // Not known yet, and probably there: the one request that every registry answers well.
  const asks = single ? capabilities.singlePost === 'unknown' && expectPresent : true
  const mounts = asks && !seen.refusesMounts
  const query = { ...(mounts && { mount: digest, from: name }), ...(single && { digest }) }
  try {
    const opened = await openUpload(repo, query, single ? (source as BodyInit) : undefined, signal)
    if (single && !mounts) capabilities.singlePost = opened.session ? 'unsupported' : 'supported'
    return opened
  } catch (error) {
    if (!(single || mounts) || !isRefused(error)) throw error
    const opened = await openUpload(repo, {}, undefined, signal)
    // Learnt only now, since some refuse everything; of both at once nothing is learnt.
    if (!mounts) capabilities.singlePost = 'unsupported'
    else if (!single) seen.refusesMounts = true
    return opened
  }
}

/** One PUT with everything, in a new session where the first was lost; in chunks where the registry finds that too large. */
async function close(
  repo: Repository,
  opened: string,
  source: Uint8Array | Blob,
  expected: Content,
  options: Watched,
): Promise<void> {
  const { digest, size } = expected
  const { report, signal } = options
  let session = opened
  if (report && size > WATCHED) {
    const { closeWatched } = await onDemand()
    if (await closeWatched(repo, session, source, expected, report, signal)) return
  }
  for (let lost = 0; ; lost++) {
    try {
      return await closeUpload(repo, session, digest, source as BodyInit, signal)
    } catch (error) {
      const tooLarge = error instanceof RegistryError && [413, 416].includes(error.status)
      if (tooLarge) return inChunks(repo, source, expected, options)
      if (lost === MAX_RESTARTS || !isSessionLost(error, size)) throw error
    }
    session = (await openUpload(repo, {}, undefined, signal)).session!
  }
}

async function inChunks(
  repo: Repository,
  source: Uint8Array | Blob,
  expected: Content,
  { chunkSize, signal }: PushBlobOptions,
  opened?: Opened | undefined,
): Promise<void> {
  const { pushChunks } = await onDemand()
  const algorithm = algorithmOf(expected.digest)
  const total = expected.size
  await pushChunks(repo, source, { algorithm, expected, total, chunkSize, signal, opened })
}
