/**
 * attach(): push an artifact's blobs, write its manifest, make it findable from its subject. First
 * of the five files to the wire; strategies/oci-subject.ts is next.
 *
 * @module
 */
import pLimit from 'p-limit'
import { InvalidInputError, RegistryError } from '../errors.ts'
import { type Annotations, CREATED, checkAnnotations } from '../model/annotations.ts'
import { type Digest, parseDigest } from '../model/digest.ts'
import { isMediaType, type MediaType } from '../model/media-types.ts'
import { parseTag } from '../model/reference.ts'
import { digestOfSubject, parseSubject, type Subject } from '../model/subject.ts'
import { delay } from '../platform/abort.ts'
import { backoff } from '../platform/backoff.ts'
import { type BlobData, pushBlob } from '../registry/blobs/push.ts'
import { internals, type Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type {
  PublishOptions,
  Referrer,
  Strategy,
  SubjectReference,
} from '../strategies/strategy.ts'
import { resolveSubject } from './lib/subject.ts'

/** One blob of an artifact. */
export interface ArtifactBlob {
  /** Text, bytes, a Blob or File, or a stream of any size. */
  readonly data: BlobData
  readonly mediaType: MediaType
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** Digest the data must have. */
  readonly digest?: Digest | string | undefined
  /** Size in bytes the data must have. */
  readonly size?: number | undefined
}

/** What to attach. */
export interface ArtifactInput {
  /** What it is, such as `application/spdx+json`. */
  readonly artifactType: MediaType
  /**
   * Its content, in an order that is kept; none for an artifact that is annotations only.
   * @default []
   */
  readonly blobs?: readonly ArtifactBlob[] | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** Its own configuration; the empty one when left out. */
  readonly config?: Omit<ArtifactBlob, 'annotations'> | undefined
  /**
   * When it was made, kept as annotation `org.opencontainers.image.created`. Left out by default, so
   * that attaching the same thing again gives the same digest and changes nothing.
   */
  readonly created?: Date | undefined
}

/** Options of {@link attach}. */
export interface AttachOptions extends Omit<PublishOptions, 'artifactType'> {
  /**
   * How the link is written down.
   * @default ociSubject()
   */
  readonly strategy?: Strategy | undefined
}

/**
 * Attaches an artifact to a subject.
 *
 * Requests: `HEAD manifests/<subject>` unless a descriptor is given (or a digest, where that is all the
 * strategy needs), in parallel with 1 to 2 per
 * blob; then `PUT` of the manifest; and on registries without the referrers API 3 on the referrers
 * tag, with a wait of `settle` milliseconds.
 *
 * @param subject - a tag, `sha256:<64 hex>`, or a descriptor, whose manifest need not be there yet
 * @returns the referrer: its descriptor, `subject`, `via` and whether the link is `confirmed`
 * @throws {@link InvalidInputError} naming the field, before any request;
 *   {@link RegistryError} 404 when the subject is not there; {@link ContentError} when data is not
 *   what its `digest` or `size` say; {@link ConflictError} when the referrers tag holds something else
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const sbom = await attach(app, 'v1', {
 *   artifactType: 'application/spdx+json',
 *   blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: 'application/spdx+json' }],
 * })
 * console.log(sbom.digest, sbom.confirmed)
 * ```
 */
export async function attach(
  repo: Repository,
  subject: Subject,
  artifact: ArtifactInput,
  options: AttachOptions = {},
): Promise<Referrer> {
  const { strategy = ociSubject(), settle } = options
  const { artifactType, blobs = [], config } = artifact
  const annotations = checkArtifact(artifact)
  const tags = options.tags?.map((tag, i) => parseTag(tag, `tags[${i}]`))
  if (settle !== undefined && !(settle >= 0)) {
    throw new InvalidInputError('INVALID_INPUT', 'settle', '0 or more milliseconds', settle)
  }
  const target = parseSubject(repo, subject)
  options.signal?.throwIfAborted()

  // What has begun is stopped when a part of it fails.
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const push = (blob: Omit<ArtifactBlob, 'annotations'>) =>
    pushBlob(repo, blob.data, { ...blob, signal })
  const outline = { artifactType, blobs, config, annotations }
  const extras = strategy.extraBlobs(outline)
  const pushExtras = () =>
    Promise.all(
      extras.map(({ data, descriptor: { mediaType } }) =>
        pushBlob(repo, data, { mediaType, expectPresent: true, signal }),
      ),
    )
  const resolve = async (): Promise<SubjectReference> => {
    const known = digestOfSubject(target)
    if (known) strategy.prepare?.(repo, known, outline)
    if (known === target && strategy.byDigest) return { digest: known }
    const found = await resolveSubject(repo, target, { intent: 'push', signal })
    if (!known) strategy.prepare?.(repo, found.digest, outline)
    return found
  }

  try {
    const [found, layers, ownConfig] = await Promise.all([
      resolve(),
      pLimit(MAX_BLOBS).map(blobs, push),
      config && push(config),
      pushExtras(),
    ])
    const manifest = await strategy.describe(found, {
      artifactType,
      blobs: layers,
      config: ownConfig,
      annotations,
    })
    for (let attempt = 1; ; attempt++) {
      try {
        return await strategy.publish(repo, found, manifest, { tags, artifactType, settle, signal })
      } catch (error) {
        if (extras.length === 0 || attempt > MAX_RETRIES || !isBlobUnknown(error)) throw error
      }
      // docker-registry can lose sight of a blob while others push the same one: it comes back.
      await delay(backoff(attempt, 100), signal)
      if (attempt === 1) continue
      // Or it was seen here earlier, and so not sent, and has been removed since.
      for (const { descriptor } of extras) repo[internals].present.delete(descriptor.digest)
      await pushExtras()
    }
  } catch (error) {
    stop.abort(error)
    throw error
  }
}

/** How often a registry that does not know one of its blobs is asked again. */
const MAX_RETRIES = 4

/** Blobs that move at once: a stream holds one chunk in memory. */
const MAX_BLOBS = 3

/** Checks everything that needs no request, and gives the manifest's annotations. */
function checkArtifact(artifact: ArtifactInput): Annotations | undefined {
  if (typeof artifact !== 'object' || artifact === null) {
    throw new TypeError(
      `"artifact" must be an object, got ${artifact === null ? 'null' : typeof artifact}`,
    )
  }
  const { artifactType, blobs = [], config, created } = artifact
  checkMediaType(artifactType, 'artifact.artifactType')
  blobs.forEach((blob, i) => {
    checkMediaType(blob.mediaType, `artifact.blobs[${i}].mediaType`)
    checkAnnotations(blob.annotations, `artifact.blobs[${i}].annotations`)
    if (blob.digest !== undefined) parseDigest(blob.digest, `artifact.blobs[${i}].digest`)
  })
  if (config) checkMediaType(config.mediaType, 'artifact.config.mediaType')
  if (created !== undefined && !(created instanceof Date && Number.isFinite(created.getTime()))) {
    throw new InvalidInputError('INVALID_INPUT', 'artifact.created', 'a valid Date', created)
  }
  const made = created && { [CREATED]: created.toISOString() }
  return checkAnnotations({ ...artifact.annotations, ...made }, 'artifact.annotations')
}

function checkMediaType(text: string, path: string): void {
  if (isMediaType(text)) return
  throw new InvalidInputError(
    'INVALID_INPUT',
    path,
    'a media type such as "application/json"',
    text,
  )
}

function isBlobUnknown(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.errors.some(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN')
  )
}
