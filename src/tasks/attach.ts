/**
 * attach(): push an artifact's blobs, write its manifest, make it findable from its subject.
 *
 * @module
 */
import pLimit from 'p-limit'
import { InvalidInputError } from '../errors.ts'
import { type Annotations, CREATED, checkAnnotations } from '../model/annotations.ts'
import { type Descriptor, parseDescriptor } from '../model/descriptor.ts'
import { type Digest, parseDigest } from '../model/digest.ts'
import type { MediaType } from '../model/media-types.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import {
  anything,
  type Check,
  type Checks,
  checkOptions,
  listOf,
  milliseconds,
  positiveInteger,
  string,
  wholeNumber,
} from '../platform/options.ts'
import { type BlobData, checkBlobData } from '../registry/blobs/blob-data.ts'
import { pushBlob } from '../registry/blobs/push.ts'
import type { Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { Artifact, PublishOptions, Referrer, Strategy } from '../strategies/strategy.ts'
import {
  artifactChecks,
  checkMediaType,
  checkObject,
  checkTags,
  linkingChecks,
} from './lib/artifact-checks.ts'
import type { AttachOne } from './lib/attach-many.ts'
import type { AttachOutcome } from './lib/attach-outcome.ts'
import { linkArtifacts } from './lib/linking.ts'
import {
  checkVerbs,
  chosenStrategies,
  LINKING,
  type StrategyChoice,
  strategy as strategyCheck,
} from './lib/strategy-choice.ts'

/** One blob of an artifact, to be pushed. */
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
   * Its content, in an order that is kept; none for an artifact that is annotations only. A descriptor without
   * `data` names a blob that is in the repository already.
   * @default []
   */
  readonly blobs?: readonly (ArtifactBlob | Descriptor)[] | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** Its own configuration; the empty one when left out. */
  readonly config?: Omit<ArtifactBlob, 'annotations'> | Descriptor | undefined
  /**
   * When it was made, kept as annotation `org.opencontainers.image.created`: `newest()`, and `since` and `until` of
   * `discover()`, go by it. Left out by default, so that attaching the same thing again gives the same digest and
   * changes nothing.
   */
  readonly created?: Date | undefined
}

/** Options of {@link attach}. */
export interface AttachOptions extends PublishOptions {
  /**
   * How the link is written down.
   * @default ociSubject()
   */
  readonly strategy?: Strategy | undefined
  /** Tags for the referrer itself; not with several subjects or strategies. */
  readonly tags?: readonly string[] | undefined
  /**
   * Wait until the registry lists the referrer, for registries that list late: `true` for at most 30 seconds, or
   * milliseconds. A read of the list at a time, with growing waits between them.
   * @default false
   */
  readonly waitUntilListed?: boolean | number | undefined
  /**
   * Bytes per request: data that is longer goes in chunks. `onProgress` of the repository is called after each, and,
   * but in pages, every 256 KiB.
   * @default 8 MiB, for streams and for data over 64 MiB
   */
  readonly chunkSize?: number | undefined
}

/** Options of {@link attach} with several subjects, or several ways of linking. */
export interface AttachManyOptions extends Omit<AttachOptions, 'strategy' | 'tags'> {
  readonly strategy?: Strategy | undefined
  /** Several ways at once, for readers that know one of them, in place of `strategy`. */
  readonly strategies?: readonly Strategy[] | undefined
}

/**
 * Attaches an artifact to a subject. With a list of subjects or `strategies`, to each of them in each of the
 * ways: blobs are pushed once, and each has an outcome of its own, a referrer or an error.
 *
 * Give it a date (`created`) where there may be several of one type: without one nobody can tell which is the
 * newest, since registries list referrers in any order.
 *
 * Requests: `GET manifests/<subject>` unless a descriptor is given (or a digest, where that is all the
 * strategy needs), in parallel with 1 to 2 per
 * blob; then `PUT` of the manifest; and on registries without the referrers API 3 on the referrers
 * tag, with a wait of `settle` milliseconds.
 *
 * @param subject - what to attach to; a descriptor's manifest need not be there yet
 * @returns the referrer: its descriptor, `subject`, `via` and whether the link is `confirmed`; of several an
 *   outcome for each subject, in their order, and for each strategy
 * @throws {@link InvalidInputError} naming the field, before any request; {@link ConnectionError} `TIMEOUT` when
 *   it is attached and not listed in time; of several only what concerns all of them, such as a blob;
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
  options?: AttachOptions,
): Promise<Referrer>
export async function attach(
  repo: Repository,
  subjects: readonly Subject[],
  artifact: ArtifactInput,
  options?: AttachManyOptions,
): Promise<readonly AttachOutcome[]>
export async function attach(
  repo: Repository,
  subject: Subject,
  artifact: ArtifactInput,
  options: AttachManyOptions & { readonly strategies: readonly Strategy[] },
): Promise<readonly AttachOutcome[]>
export async function attach(
  repo: Repository,
  subject: Subject | readonly Subject[],
  artifact: ArtifactInput,
  options: AttachOptions & AttachManyOptions = {},
): Promise<Referrer | readonly AttachOutcome[]> {
  checkOptions(options, checks())
  const annotations = checkArtifact(artifact)
  const { artifactType, blobs = [], config } = artifact
  const { strategy = ociSubject(), strategies, waitUntilListed } = options
  const tags = checkTags(options.tags)
  const outline = { artifactType, blobs, config, annotations }
  const push = async (signal: AbortSignal | undefined) => ({
    ...(await pushBlobs(repo, artifact, { chunkSize: options.chunkSize, signal })),
    annotations,
    tags,
  })
  const attachOne: AttachOne = async (target, strategy, push) => {
    const pushed = async (signal: AbortSignal) => [await push(signal)]
    const [referrer] = await linkArtifacts(repo, target, strategy, [outline], pushed, options)
    if (!waitUntilListed) return referrer!
    const { onDemand } = await import('./lib/on-demand.ts')
    return onDemand.untilListed(repo, strategy, referrer!, waitUntilListed, options.signal)
  }
  if (!isList(subject) && !strategies) {
    return attachOne(parseSubject(repo, subject), strategy, push)
  }
  const targets = isList(subject)
    ? subject.map((one, i) => ({ subject: one, parsed: parseSubject(repo, one, `subject[${i}]`) }))
    : [{ subject, parsed: parseSubject(repo, subject) }]
  if (targets.length === 0) {
    throw new InvalidInputError('INVALID_INPUT', 'subject', 'a list of at least one', subject)
  }
  if (tags?.length) {
    const expected = 'left out with several subjects or strategies: a tag is of one referrer'
    throw new InvalidInputError('INVALID_INPUT', 'tags', expected, tags)
  }
  const ways = chosenStrategies(options as StrategyChoice) ?? [strategy]
  checkVerbs(ways, LINKING)
  for (const way of ways) way.check(outline)
  options.signal?.throwIfAborted()
  const { onDemand } = await import('./lib/on-demand.ts')
  return onDemand.attachMany(targets, ways, push, attachOne, options.signal)
}

function isList(subject: Subject | readonly Subject[]): subject is readonly Subject[] {
  return Array.isArray(subject)
}

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<AttachOptions & AttachManyOptions> => ({
  ...linkingChecks(),
  strategies: listOf(strategyCheck),
  tags: listOf(string),
  chunkSize: positiveInteger,
  waitUntilListed: [
    'a boolean, or milliseconds',
    (value) => typeof value === 'boolean' || milliseconds[1](value),
  ],
})

/** Pushes what is not in the repository already. */
async function pushBlobs(
  repo: Repository,
  { artifactType, blobs = [], config }: ArtifactInput,
  how: Pick<AttachOptions, 'chunkSize' | 'signal'>,
): Promise<Artifact> {
  const pushOne = (blob: ArtifactBlob | Descriptor, field: string) => {
    if (isStored(blob)) return blob
    const { data, ...options } = blob
    return pushBlob(repo, data, { ...options, ...how, path: `artifact.${field}.data` })
  }
  const [layers, ownConfig] = await Promise.all([
    pLimit(MAX_BLOBS).map(blobs, (blob, i) => pushOne(blob, `blobs[${i}]`)),
    config && pushOne(config, 'config'),
  ])
  return { artifactType, blobs: layers, config: ownConfig }
}

/** Blobs that move at once: a stream holds one chunk in memory. */
const MAX_BLOBS = 3

/** Whether a blob is in the repository already. What has neither data nor these is a mistake. */
function isStored(blob: object): blob is Descriptor {
  return !('data' in blob) && 'digest' in blob && 'size' in blob
}

/** Checks everything that needs no request, and gives the manifest's annotations. */
function checkArtifact(artifact: ArtifactInput): Annotations | undefined {
  checkOptions(artifact, { ...artifactChecks, created: anything }, 'artifact.')
  const { artifactType, blobs = [], config, created } = artifact
  checkMediaType(artifactType, 'artifact.artifactType')
  blobs.forEach((blob, i) => {
    checkBlob(blob, `artifact.blobs[${i}]`)
  })
  if (config) checkBlob(config, 'artifact.config')
  if (created !== undefined && !(created instanceof Date && Number.isFinite(created.getTime()))) {
    throw new InvalidInputError('INVALID_INPUT', 'artifact.created', 'a valid Date', created)
  }
  const made = created && { [CREATED]: created.toISOString() }
  return checkAnnotations({ ...artifact.annotations, ...made }, 'artifact.annotations')
}

const blobChecks = {
  data: anything,
  mediaType: anything,
  annotations: anything,
  digest: anything,
  size: wholeNumber,
} as const satisfies Record<string, Check>

function checkBlob(blob: Partial<ArtifactBlob> | Descriptor, path: string): void {
  checkObject(blob, path)
  if (!isStored(blob)) checkOptions(blob, blobChecks, `${path}.`)
  checkMediaType(blob.mediaType, `${path}.mediaType`)
  checkAnnotations(blob.annotations, `${path}.annotations`)
  if (isStored(blob)) return void parseDescriptor(blob, path)
  checkBlobData(blob.data, `${path}.data`)
  if (blob.digest !== undefined) parseDigest(blob.digest, `${path}.digest`)
}
