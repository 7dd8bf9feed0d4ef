/**
 * The two types of artifact manifests, OCI's and ORAS's: they differ in the annotation that says when an artifact was
 * made.
 *
 * @module
 */
import { ARTIFACT_CREATED, ORAS_ARTIFACT_CREATED } from '../../model/artifact-created.ts'
import type { ArtifactManifest } from '../../model/artifact-manifest.ts'
import { ORAS_ARTIFACT_MANIFEST } from '../../model/media-types.ts'

/** A manifest as the other of the two types, with the date where that type's registries look for it. */
export function spelled(
  manifest: ArtifactManifest,
  mediaType: ArtifactManifest['mediaType'],
): ArtifactManifest {
  const { annotations = {} } = manifest
  const created = annotations[ARTIFACT_CREATED]
  // ORAS's registries fail on text that is no date.
  const dated =
    mediaType === ORAS_ARTIFACT_MANIFEST &&
    created &&
    Date.parse(created) &&
    annotations[ORAS_ARTIFACT_CREATED] === undefined
  return {
    ...manifest,
    mediaType,
    ...(dated && { annotations: { ...annotations, [ORAS_ARTIFACT_CREATED]: created } }),
  }
}
