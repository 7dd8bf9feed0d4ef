/**
 * `ocilink/strategies`: every linking strategy, one export line each.
 *
 * @module
 */
export { type ArtifactManifestOptions, artifactManifest } from './artifact-manifest/strategy.ts'
export { auto } from './auto/strategy.ts'
export { type BuildkitOptions, buildkit } from './buildkit/strategy.ts'
export { type CosignTagsOptions, cosignTags } from './cosign-tags/strategy.ts'
export { type DigestTagsOptions, digestTags } from './digest-tags/strategy.ts'
export { type IndexAnnotationsOptions, indexAnnotations } from './index-annotations/strategy.ts'
export { type NodeManifestOptions, nodeManifest } from './node-manifest/strategy.ts'
export { ociSubject } from './oci-subject/strategy.ts'
export { referenceField } from './reference-field/strategy.ts'
export type {
  Artifact,
  ArtifactOutline,
  FindOptions,
  LinkField,
  Loss,
  NewReferrer,
  PublishOptions,
  Referrer,
  SmallBlob,
  Strategy,
  SubjectReference,
  Via,
  Withdrawn,
  WithdrawOptions,
} from './strategy.ts'
