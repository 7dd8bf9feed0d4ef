/**
 * The artifact manifest of proposal A, and the ORAS artifact manifest, its sibling: an image manifest
 * without config, whose blobs are optional (PROPOSAL_A.md, "JSON Schema"). Neither has a
 * `schemaVersion`.
 *
 * @module
 */
import * as z from 'zod/mini'
import { forbidFields, invalid, parseDocument } from './_document.ts'
import type { Annotations } from './annotations.ts'
import {
  annotationsSchema,
  check,
  type Descriptor,
  descriptorSchema,
  textSchema,
} from './descriptor.ts'
import {
  type ARTIFACT_MANIFEST,
  isKnownManifestType,
  type ORAS_ARTIFACT_MANIFEST,
} from './media-types.ts'

/** An artifact manifest; `mediaType` tells OCI's from ORAS's. */
export interface ArtifactManifest {
  readonly mediaType: typeof ARTIFACT_MANIFEST | typeof ORAS_ARTIFACT_MANIFEST
  /** Required by proposal A and by ORAS; the release candidates of OCI 1.1 let it be absent. */
  readonly artifactType?: string
  /** Blobs, never manifests. Their order means what the artifact's type says. */
  readonly blobs: readonly Descriptor[]
  /** The manifest that this one is about. */
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

const artifactManifestSchema = /* @__PURE__ */ (() =>
  z.looseObject({
    artifactType: z.optional(textSchema),
    blobs: z.array(descriptorSchema),
    subject: z.optional(descriptorSchema),
    annotations: z.optional(annotationsSchema),
  }) as unknown as z.ZodMiniType<Omit<ArtifactManifest, 'mediaType'>>)()

/**
 * Reads an artifact manifest's bytes.
 *
 * @param bytes - what the registry stored
 * @param mediaType - the type it was served or described with; the body must say the same
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field: also for a blob that is a
 *   manifest or has an `artifactType`, and for fields of other manifest types
 */
export function parseArtifactManifest(
  bytes: Uint8Array,
  mediaType: ArtifactManifest['mediaType'],
): ArtifactManifest {
  const value = parseDocument(bytes, mediaType)
  if (value.mediaType === undefined) throw invalid('manifest.mediaType', mediaType, undefined)
  forbidFields(value, ['config', 'layers', 'manifests', 'objects'], 'blobs')
  // Absent and null are spellings of "none": some writers encode an empty list as null.
  const document = { ...value, blobs: value.blobs ?? [] }
  const manifest = check(artifactManifestSchema, document, 'manifest')
  for (const [index, blob] of manifest.blobs.entries()) {
    const path = `manifest.blobs[${index}]`
    if (isKnownManifestType(blob.mediaType)) {
      throw invalid(`${path}.mediaType`, 'that of a blob', blob.mediaType)
    }
    // PROPOSAL_A.md, "Descriptor Properties": empty where the descriptor is a blob's.
    if (blob.artifactType) throw invalid(`${path}.artifactType`, 'absent', blob.artifactType)
  }
  return { ...manifest, mediaType }
}
