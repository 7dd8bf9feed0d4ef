/**
 * From a referrer to the artifact that it is, with blobs that can be read.
 *
 * @module
 */
import { NoMatchError, RegistryError } from '../../errors.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Manifest } from '../../model/manifest.ts'
import { isManifestType } from '../../model/manifest.ts'
import type { MediaType } from '../../model/media-types.ts'
import { announcedPredicate, announcesStatements } from '../../model/statement.ts'
import { successors } from '../../model/successors.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Artifact, Referrer, Strategy } from '../../strategies/strategy.ts'
import { strategyOf } from '../strategy-of.ts'
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

/**
 * Reads a referrer's manifest, where listing it has not.
 *
 * Requests: `GET manifests/<digest>`; none where the referrer has `layers`.
 *
 * @param known - strategies beside those of ocilink/strategies
 * @throws {@link RegistryError} `NOT_FOUND` where the manifest is gone; {@link InvalidInputError} where it is none
 */
export async function openArtifact(
  repo: Repository,
  referrer: Referrer,
  known: readonly Strategy[],
  options: ReadBlobOptions,
): Promise<ReadArtifact> {
  const own = await readOwn(repo, referrer, known, options)
  const blobs = own.blobs.map((blob) => readableBlob(repo, blob, options))
  const config = own.config && readableBlob(repo, own.config, options)
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

async function readOwn(
  repo: Repository,
  referrer: Referrer,
  known: readonly Strategy[],
  { signal }: ReadBlobOptions,
): Promise<Artifact> {
  const { digest, mediaType, artifactType, layers } = referrer
  if (layers && artifactType) return { artifactType, blobs: layers }
  // Some registries answer 404 for a type that `Accept` does not name.
  const accept = isManifestType(mediaType) ? undefined : [mediaType]
  const stored = await findManifest(repo, digest, { accept, signal })
  if (!stored) {
    const url = `${repo.registry}/${repo.name}@${digest}`
    const hint = 'It is listed as a referrer, but its manifest is gone'
    throw new RegistryError({ method: 'GET', url, status: 404, hint })
  }
  const manifest = parseAnyManifest(stored.bytes, stored.descriptor.mediaType)
  for (const via of referrer.via) {
    const artifact = (await strategyOf(via, known))?.read(manifest)
    if (artifact) return artifact
  }
  return readAny(manifest, artifactType)
}

const contents: readonly string[] = ['layer', 'blob', 'object']

/** What any manifest says of itself, where no strategy reads it. */
function readAny(manifest: Manifest, type: string | undefined): Artifact {
  const named = successors(manifest)
  const blobs = named.filter(({ role }) => contents.includes(role))
  const own = 'artifactType' in manifest ? manifest.artifactType : undefined
  const artifactType = own || type || manifest.mediaType
  return { artifactType, blobs: blobs.map(({ descriptor }) => descriptor) }
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
