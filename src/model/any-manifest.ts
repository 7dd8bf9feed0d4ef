/**
 * Manifests of every type this package understands. Apart from manifest.ts, so that who links by OCI
 * 1.1 alone does not load the rest.
 *
 * @module
 */
import { isArtifactManifestType, parseArtifactManifest } from './artifact-manifest.ts'
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
