/**
 * Makes the layers of an artifact, and adds them to what is at cosign's tag.
 *
 * @module
 */
import { type Descriptor, EMPTY } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isCut } from '../../model/digest-tags.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { getBlobBytes } from '../../registry/blobs/get.ts'
import { pushBlob } from '../../registry/blobs/push.ts'
import { putManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { changeDocument, readAhead } from '../shared-tag/writer.ts'
import type {
  Artifact,
  Loss,
  NewReferrer,
  PublishOptions,
  Referrer,
  SubjectReference,
} from '../strategy.ts'
import { SIGNATURE } from './annotations.ts'
import { cosignConfig, cosignDocument, type PlaceOptions, placeOf } from './document.ts'
import { type CosignContent, mergeAnnotations, readCosign, toReferrer } from './manifest.ts'
import { readPredicateType } from './predicate-type.ts'

/** The manifest of an artifact alone: a layer for each blob; one of `{}` when it has none. */
export async function describeCosign(
  suffix: string,
  { artifactType, annotations, blobs }: Artifact,
): Promise<ImageManifest> {
  const contents = blobs.length > 0 ? blobs : [{ ...EMPTY, mediaType: artifactType }]
  // cosign gives attestations an empty signature, since theirs is in the envelope.
  const defaults = suffix === 'att' ? { [SIGNATURE]: '' } : undefined
  const layers = contents.map(({ mediaType, size, digest, annotations: own }): Descriptor => {
    const merged = mergeAnnotations(defaults, annotations, own)
    // Fields in the order in which cosign writes them.
    return { mediaType, size, digest, ...(Object.keys(merged)[0] && { annotations: merged }) }
  })
  const { descriptor: config } = await cosignConfig(layers)
  return { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers }
}

/** Fields of an artifact that its layers do not give back as they were. */
export function lossesOf({ artifactType, blobs, annotations }: Artifact): readonly Loss[] {
  const losses: Loss[] = []
  const [first] = blobs
  if (first && first.mediaType !== artifactType) {
    losses.push({ field: 'artifactType', reason: 'cosign keeps the types of blobs only' })
  }
  if (first && annotations) {
    losses.push({ field: 'annotations', reason: 'cosign keeps them at each of the blobs' })
    losses.push({ field: 'blobs', reason: 'they have the annotations of the artifact too' })
  }
  const maps = [annotations, ...blobs.map((blob) => blob.annotations)]
  if (maps.some((map) => map?.[SIGNATURE] === '')) {
    const reason = 'cosign writes an empty signature where there is none'
    losses.push({ field: first ? 'blobs' : `annotations["${SIGNATURE}"]`, reason })
  }
  return losses
}

/** Starts the read of the tag that publish will need. */
export function prepareCosign(
  source: Repository,
  where: PlaceOptions,
  subject: Digest,
  suffix: string,
  signal: AbortSignal | undefined,
): void {
  const place = placeOf(source, where)
  readAhead(place.repo, cosignDocument(place, subject, suffix), signal)
}

/**
 * Adds the layers of a manifest to the tag.
 *
 * @returns the manifest that is at the tag then, with the layers that were added
 */
export async function publishCosign(
  source: Repository,
  where: PlaceOptions,
  subject: SubjectReference,
  suffix: string,
  { manifest, artifactType, tags = [] }: NewReferrer<ImageManifest>,
  { settle, signal }: PublishOptions,
): Promise<Referrer> {
  const place = placeOf(source, where)
  const { repo } = place
  const document = cosignDocument(place, subject.digest, suffix)
  const described = manifest.layers
  if (repo !== source) await moveBlobs(source, repo, described, signal)
  const layers = suffix === 'att' ? await withPredicateTypes(repo, described, signal) : described
  const [changed] = await Promise.all(
    layers.map((entry) => changeDocument(repo, document, { entry, present: true, settle, signal })),
  )
  const { bytes, descriptor } = changed!.stored!
  const { mediaType } = descriptor
  for (const tag of tags) await putManifest(repo, tag, bytes, { mediaType, signal })

  const { manifest: stored } = readCosign(subject.digest, changed!.stored!) as CosignContent
  const losses: Loss[] = []
  if (artifactType && layers.every((layer) => layer.mediaType !== artifactType)) {
    const reason = `cosign keeps the types of blobs only, and not ${artifactType}`
    losses.push({ field: 'artifactType', reason })
  }
  if (suffix === 'sbom' && stored.layers.length > 1) {
    const reason = `cosign reads no SBOM at ${document.tag}, since there is more than one now`
    losses.push({ field: 'blobs', reason })
  }
  if (isCut(subject.digest)) {
    const reason = `the tag holds 64 characters of ${subject.digest}: cosign does not find it, and another digest may begin so`
    losses.push({ field: 'subject', reason })
  }
  return {
    ...toReferrer(subject, descriptor, { ...stored, layers }, suffix)!,
    confirmed: changed!.confirmed && !isCut(subject.digest),
    ...(losses.length > 0 && { losses }),
  }
}

/** Blobs are pushed to the subject's repository; layers have to be where the tag is. */
async function moveBlobs(
  from: Repository,
  to: Repository,
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await Promise.all(
    layers.map(async (layer) => {
      const { mediaType } = layer
      const bytes = await getBlobBytes(from, layer, { signal })
      await pushBlob(to, bytes, { mediaType, expectPresent: true, signal })
    }),
  )
}

async function withPredicateTypes(
  repo: Repository,
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  return Promise.all(
    layers.map(async (layer) => {
      if (mergeAnnotations(layer.annotations).predicateType !== undefined) return layer
      const predicateType = await readPredicateType(repo, layer, signal)
      if (predicateType === undefined) return layer
      return { ...layer, annotations: mergeAnnotations(layer.annotations, { predicateType }) }
    }),
  )
}
