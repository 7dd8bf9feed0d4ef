/**
 * Artifacts in image manifests, written and read (image-spec 1.1, manifest.md, "Guidelines for Artifact Usage").
 * Most ways of linking differ only in the field that names the subject.
 *
 * @module
 */
import type { Annotations } from '../../model/annotations.ts'
import { type Descriptor, EMPTY, EMPTY_BYTES } from '../../model/descriptor.ts'
import type { ImageManifest, Manifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import type { Artifact, ArtifactOutline, SmallBlob } from '../strategy.ts'

/** The blob `{}`, where an artifact lacks a config or blobs. */
export function emptyBlobs({ config, blobs }: ArtifactOutline): readonly SmallBlob[] {
  return config && blobs.length > 0 ? [] : [{ descriptor: EMPTY, data: EMPTY_BYTES }]
}

/** An image manifest of an artifact, with the fields that make the link. */
export function imageOf(
  { artifactType, config = EMPTY, blobs, annotations }: Artifact,
  link: Partial<Pick<ImageManifest, 'subject' | 'reference'>> = {},
): ImageManifest {
  return {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    artifactType,
    config,
    layers: blobs.length > 0 ? blobs : [EMPTY],
    ...link,
    ...(annotations && { annotations }),
  }
}

/**
 * The artifact in an image manifest.
 *
 * @param added - whether an annotation was added to make the link
 */
export function readImage(
  manifest: Manifest,
  added: (key: string, value: string) => boolean = () => false,
): Artifact | undefined {
  if (!('layers' in manifest)) return undefined
  const { artifactType, config, layers } = manifest
  // Without an artifactType the type is that of the config, which may be empty all the same.
  const none = artifactType ? isEmpty(config) : config.digest === EMPTY.digest
  const kept = Object.entries(manifest.annotations ?? {}).filter(
    ([key, value]) => !added(key, value),
  )
  return {
    artifactType: artifactType || config.mediaType,
    blobs: layers.length === 1 && isEmpty(layers[0]!) ? [] : layers,
    ...(!none && { config }),
    ...(kept.length > 0 && { annotations: mapOf(kept) }),
  }
}

/** A map without a prototype: keys from the wire, such as "__proto__", are only ever keys. */
export function mapOf(entries: readonly (readonly [string, string])[]): Annotations {
  const map: Record<string, string> = Object.create(null)
  for (const [key, value] of entries) map[key] = value
  return map
}

// `{}` may also be a config that has a type.
function isEmpty({ digest, mediaType }: Descriptor): boolean {
  return digest === EMPTY.digest && mediaType === EMPTY.mediaType
}
