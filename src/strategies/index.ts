/**
 * `ocilink/strategies`: every linking strategy, one export line each.
 *
 * @module
 */
export { type ArtifactManifestOptions, artifactManifest } from './artifact-manifest.ts'
export { auto } from './auto.ts'
export { type BuildkitOptions, buildkit } from './buildkit.ts'
export { type CosignTagsOptions, cosignTags } from './cosign-tags.ts'
export { type DigestTagsOptions, digestTags } from './digest-tags.ts'
export { type IndexAnnotationsOptions, indexAnnotations } from './index-annotations.ts'
export { type NodeManifestOptions, nodeManifest } from './node-manifest.ts'
export { ociSubject } from './oci-subject.ts'
export { referenceField } from './reference-field.ts'
export type {
  Artifact,
  ArtifactOutline,
  DiscoverOptions,
  PublishOptions,
  Referrer,
  SmallBlob,
  Strategy,
  SubjectReference,
  Via,
  Withdrawn,
} from './strategy.ts'
