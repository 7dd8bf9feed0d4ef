/**
 * Manifests of every type that this package reads. A file of its own, so that a page that only links by OCI 1.1
 * does not load the artifact manifests of 2022.
 *
 * @module
 */
import { parseArtifactManifest } from './artifact-manifest.ts'
import { isArtifactManifestType } from './artifact-manifest-type.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { baseType, NODE_MANIFEST } from './media-types.ts'
import { parseNodeManifest } from './node-manifest.ts'

/**
 * Reads the bytes of an image manifest, image index, artifact manifest or node manifest.
 *
 * @param bytes - what the registry stored
 * @param contentType - the type it was served or described with; must agree with the body's own
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field
 */
export function parseAnyManifest(bytes: Uint8Array, contentType: string): Manifest {
  const mediaType = baseType(contentType)
  if (isArtifactManifestType(mediaType)) return parseArtifactManifest(bytes, mediaType)
  if (mediaType === NODE_MANIFEST) return parseNodeManifest(bytes)
  return parseManifest(bytes, mediaType)
}
