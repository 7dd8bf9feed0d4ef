/**
 * Manifests, discriminated by `mediaType`, and reading image manifests and image indexes (image-spec
 * 1.1, manifest.md and image-index.md); any-manifest.ts reads all. Bytes are what counts: what was
 * read is never serialised again to compare.
 *
 * @module
 */
import * as z from 'zod/mini'
import { forbidBesideManifests, forbidFields, invalid, parseDocument } from './_document.ts'
import type { Annotations } from './annotations.ts'
import type { ArtifactManifest } from './artifact-manifest.ts'
import {
  annotationsSchema,
  check,
  type Descriptor,
  descriptorSchema,
  textSchema,
} from './descriptor.ts'
import {
  ARTIFACT_MANIFEST,
  baseType,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  NODE_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
} from './media-types.ts'
import type { NodeManifest } from './node-manifest.ts'

/** An image manifest: also what OCI 1.1 stores artifacts in. */
export interface ImageManifest {
  readonly schemaVersion: 2
  readonly mediaType: typeof IMAGE_MANIFEST | typeof DOCKER_MANIFEST
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Annotations
  /** Of proposal B. Not checked here, since to OCI it is any unknown field: see `referenceOf`. */
  readonly reference?: unknown
}

/** An image index: a list of manifests. */
export interface ImageIndex {
  readonly schemaVersion: 2
  readonly mediaType: typeof IMAGE_INDEX | typeof DOCKER_MANIFEST_LIST
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Annotations
  /** Of proposal B, as in an {@link ImageManifest}; entries may have one of their own. */
  readonly reference?: unknown
}

/** Every manifest this package understands; `mediaType` tells which. */
export type Manifest = ImageManifest | ImageIndex | ArtifactManifest | NodeManifest

/** What manifests of all types say in the same way. */
export interface Outline {
  readonly mediaType: string
  readonly artifactType?: string
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

const outline = () => ({
  artifactType: z.optional(textSchema),
  subject: z.optional(descriptorSchema),
  annotations: z.optional(annotationsSchema),
})

const common = () => ({
  schemaVersion: z.custom<2>((value) => value === 2, '2'),
  ...outline(),
})

const outlineSchema = /* @__PURE__ */ (() =>
  z.looseObject(outline()) as unknown as z.ZodMiniType<Omit<Outline, 'mediaType'>>)()

const imageManifestSchema = /* @__PURE__ */ (() =>
  z.looseObject({
    ...common(),
    config: descriptorSchema,
    layers: z.array(descriptorSchema),
  }) as unknown as z.ZodMiniType<ImageManifest>)()

const imageIndexSchema = /* @__PURE__ */ (() =>
  z.looseObject({
    ...common(),
    manifests: z.array(descriptorSchema),
  }) as unknown as z.ZodMiniType<ImageIndex>)()

/** The largest manifest that is read or written, in bytes (distribution-spec 1.1, "Pushing Manifests"). */
export const MANIFEST_LIMIT: number = 4 * 1024 * 1024

/** Whether a media type is one that {@link parseManifest} reads. */
export function isManifestType(
  mediaType: string,
): mediaType is (ImageManifest | ImageIndex)['mediaType'] {
  return isImageManifestType(mediaType) || isIndexType(mediaType)
}

/** Whether a media type is an image index's, OCI or Docker. */
export function isIndexType(mediaType: string): mediaType is ImageIndex['mediaType'] {
  return mediaType === IMAGE_INDEX || mediaType === DOCKER_MANIFEST_LIST
}

function isImageManifestType(mediaType: string): mediaType is ImageManifest['mediaType'] {
  return mediaType === IMAGE_MANIFEST || mediaType === DOCKER_MANIFEST
}

/** Bytes of a manifest as JSON text, in the order its fields were given. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(manifest))
}

/**
 * Reads the bytes of an image manifest or image index.
 *
 * @param bytes - what the registry stored
 * @param contentType - the type it was served or described with; must agree with the body's own
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field: not JSON, another type than
 *   announced, both `layers` and `manifests` (CVE-2021-41190), or a field of the wrong shape
 */
export function parseManifest(bytes: Uint8Array, contentType: string): ImageManifest | ImageIndex {
  const mediaType = baseType(contentType)
  const value = parseDocument(bytes, mediaType)
  if (isIndexType(mediaType)) {
    forbidBesideManifests(value)
    // Some registries answer an empty list as null.
    const index = { ...value, manifests: value.manifests ?? [] }
    return { ...check(imageIndexSchema, index, 'manifest'), mediaType }
  }
  if (isImageManifestType(mediaType)) {
    forbidFields(value, ['manifests'], 'layers')
    // Some tools write no layers, or null, for an artifact that has none.
    const image = { ...value, layers: value.layers ?? [] }
    return { ...check(imageManifestSchema, image, 'manifest'), mediaType }
  }
  throw invalid('manifest.mediaType', 'an image manifest or image index', mediaType)
}

/**
 * Reads of a manifest's bytes, whatever its type, only what says what it is and points at.
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field
 */
export function parseOutline(bytes: Uint8Array, mediaType: string): Outline {
  const value = parseDocument(bytes, mediaType)
  return { ...check(outlineSchema, value, 'manifest'), mediaType }
}

/** The type a manifest is listed under as a referrer (distribution-spec 1.1, "Listing Referrers"). */
export function artifactTypeOf(manifest: Manifest): string | undefined {
  switch (manifest.mediaType) {
    case IMAGE_MANIFEST:
    case DOCKER_MANIFEST:
      return manifest.artifactType || manifest.config.mediaType
    case IMAGE_INDEX:
    case DOCKER_MANIFEST_LIST:
    case ARTIFACT_MANIFEST:
    case ORAS_ARTIFACT_MANIFEST:
      return manifest.artifactType || undefined
    case NODE_MANIFEST:
      return undefined
    default:
      return manifest satisfies never
  }
}
