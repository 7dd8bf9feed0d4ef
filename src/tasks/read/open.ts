/**
 * From a referrer to the artifact that it is, with blobs that can be read.
 *
 * @module
 */
import { NoMatchError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { MediaType } from '../../model/media-types.ts'
import { announcedPredicate, announcesStatements } from '../../model/statement.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import {
  type Content,
  type ReadableBlob,
  type ReadBlobOptions,
  readableBlob,
} from './readable-blob.ts'

/**
 * An artifact that is attached to a subject: the referrer, and its content. `bytes()`, `text()`, `json()` and
 * `stream()` are those of its only blob.
 */
export interface ReadArtifact extends Referrer, Content {
  readonly artifactType: MediaType
  /** In their order; with a `predicateType`, those that hold such a statement. */
  readonly blobs: readonly ReadableBlob[]
  /** Its own configuration, where it has one. */
  readonly config?: ReadableBlob
}

/** Where to read. */
export interface OpenPlace {
  /** The repository with the budget of the call, for lists and manifests. */
  readonly repo: Repository
  /** The same without it, for blobs, which are read when the call has ended. */
  readonly blobs: Repository
}

/**
 * Reads a referrer's manifest, where listing it has not.
 *
 * Requests: `GET manifests/<digest>`; none where the referrer has `layers`.
 *
 * @param known - strategies beside those of ocilink/strategies
 * @throws {@link RegistryError} `NOT_FOUND` where the manifest is gone; {@link InvalidInputError} where it is none
 */
export async function openArtifact(
  { repo, blobs: from }: OpenPlace,
  referrer: Referrer,
  known: readonly Strategy[],
  options: ReadBlobOptions,
): Promise<ReadArtifact> {
  const own = await ownArtifact(repo, referrer, known, options.signal)
  const blobs = own.blobs.map((blob) => readableBlob(from, blob, options))
  const config = own.config && readableBlob(from, own.config, options)
  const { annotations = own.annotations } = referrer
  return {
    ...referrer,
    artifactType: own.artifactType,
    ...(annotations && { annotations }),
    ...(config && { config }),
    ...contentOf(blobs, referrer),
  }
}

/** The same with only some of its blobs. */
export function withBlobs(artifact: ReadArtifact, blobs: readonly ReadableBlob[]): ReadArtifact {
  return { ...artifact, ...contentOf(blobs, artifact) }
}

/** Whether a blob may hold a statement of one of these types; what is announced is believed only to say no. */
export function mayHold(
  blob: Descriptor,
  { artifactType, annotations }: Pick<Descriptor, 'artifactType' | 'annotations'>,
  wanted: readonly string[] | undefined,
): boolean {
  const announced = announcedPredicate(blob.annotations) ?? announcedPredicate(annotations)
  if (announced !== undefined) return wanted === undefined || wanted.includes(announced)
  const types = [blob.mediaType, artifactType]
  return types.some(announcesStatements) || blob.mediaType === 'application/json'
}

function contentOf(
  blobs: readonly ReadableBlob[],
  { digest }: Referrer,
): Content & Pick<ReadArtifact, 'blobs'> {
  const only = (): ReadableBlob => {
    const [blob] = blobs
    if (blob && blobs.length === 1) return blob
    const there =
      blobs.length === 0
        ? 'has no blobs: its annotations are all there is'
        : `has ${blobs.length} blobs: read them by its "blobs"`
    const types = blobs.map(({ mediaType }) => mediaType)
    throw new NoMatchError(`The artifact ${digest} ${there}`, 'its only blob', types)
  }
  return {
    blobs,
    bytes: async () => only().bytes(),
    text: async () => only().text(),
    json: async () => only().json(),
    stream: () => only().stream(),
  }
}
