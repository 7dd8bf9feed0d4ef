/**
 * The types of artifact manifests (PROPOSAL_A.md; ORAS artifacts-spec).
 *
 * @module
 */
import { ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST } from './media-types.ts'

/** Whether a media type is an artifact manifest's, OCI or ORAS. */
export function isArtifactManifestType(
  mediaType: string,
): mediaType is typeof ARTIFACT_MANIFEST | typeof ORAS_ARTIFACT_MANIFEST {
  return mediaType === ARTIFACT_MANIFEST || mediaType === ORAS_ARTIFACT_MANIFEST
}
