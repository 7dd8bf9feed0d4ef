/**
 * Manifests: image manifest and image index, told apart by `mediaType` (image-spec 1.1, manifest.md
 * and image-index.md). Bytes are what counts: what was read is never serialised again to compare.
 *
 * @module
 */
import * as z from 'zod/mini'
import { InvalidInputError } from '../errors.ts'
import type { Annotations } from './annotations.ts'
import {
  annotationsSchema,
  check,
  type Descriptor,
  descriptorSchema,
  textSchema,
} from './descriptor.ts'
import {
  baseType,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
} from './media-types.ts'

/** An image manifest: also what OCI 1.1 stores artifacts in. */
export interface ImageManifest {
  readonly schemaVersion: 2
  readonly mediaType: typeof IMAGE_MANIFEST | typeof DOCKER_MANIFEST
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

/** An image index: a list of manifests. */
export interface ImageIndex {
  readonly schemaVersion: 2
  readonly mediaType: typeof IMAGE_INDEX | typeof DOCKER_MANIFEST_LIST
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

/** Every manifest this package understands; `mediaType` tells which. */
export type Manifest = ImageManifest | ImageIndex

const common = () => ({
  schemaVersion: z.custom<2>((value) => value === 2, '2'),
  artifactType: z.optional(textSchema),
  subject: z.optional(descriptorSchema),
  annotations: z.optional(annotationsSchema),
})

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
export function isManifestType(mediaType: string): mediaType is Manifest['mediaType'] {
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
 * Reads a manifest's bytes.
 *
 * @param bytes - what the registry stored
 * @param contentType - the type it was served or described with; must agree with the body's own
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field: not JSON, another type than
 *   announced, both `layers` and `manifests` (CVE-2021-41190), or a field of the wrong shape
 */
export function parseManifest(bytes: Uint8Array, contentType: string): Manifest {
  const mediaType = baseType(contentType)
  const value = parseJson(bytes)
  const own = value.mediaType
  if (own !== undefined && own !== mediaType) {
    throw new InvalidInputError('INVALID_MANIFEST', 'manifest.mediaType', mediaType, own)
  }
  if (isIndexType(mediaType)) {
    const mixed = ['layers', 'config', 'blobs', 'objects'].find((key) => key in value)
    if (mixed) {
      throw new InvalidInputError(
        'INVALID_MANIFEST',
        `manifest.${mixed}`,
        'absent beside "manifests"',
        value[mixed],
      )
    }
    // Some registries answer an empty list as null.
    const index = { ...value, manifests: value.manifests ?? [] }
    return { ...check(imageIndexSchema, index, 'manifest'), mediaType }
  }
  if (isImageManifestType(mediaType)) {
    if ('manifests' in value) {
      throw new InvalidInputError(
        'INVALID_MANIFEST',
        'manifest.manifests',
        'absent beside "layers"',
        value.manifests,
      )
    }
    return { ...check(imageManifestSchema, value, 'manifest'), mediaType }
  }
  throw new InvalidInputError(
    'INVALID_MANIFEST',
    'manifest.mediaType',
    'an image manifest or image index',
    mediaType,
  )
}

/** The type an image manifest or index is listed under as a referrer (distribution-spec 1.1, "Listing Referrers"). */
export function artifactTypeOf(manifest: Manifest): string | undefined {
  if (manifest.artifactType) return manifest.artifactType
  return 'config' in manifest ? manifest.config.mediaType : undefined
}

/** JSON object of a manifest's bytes, unchecked. */
function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    // Annotations are maps: what objects inherit is not in them.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), (key, part) =>
      key === 'annotations' && part instanceof Object ? Object.setPrototypeOf(part, null) : part,
    )
  } catch (cause) {
    throw new InvalidInputError('INVALID_MANIFEST', 'manifest', 'JSON in UTF-8', firstText(bytes), {
      cause,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputError('INVALID_MANIFEST', 'manifest', 'a JSON object', value)
  }
  return value as Record<string, unknown>
}

function firstText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 60))
}
