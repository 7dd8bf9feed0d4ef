/**
 * ocilink: link artifacts to images in OCI registries, and find them again.
 *
 * @module
 */

// Finding out
export type { Scope } from './_scope.ts'
// Linking
export type { Subject } from './_subject.ts'
export { type ArtifactBlob, type ArtifactInput, type AttachOptions, attach } from './attach.ts'
export { type DetachOptions, detach } from './detach.ts'
export {
  type DetectedStrategy,
  type Detection,
  type DetectOptions,
  detect,
} from './detect.ts'
export {
  type DiscoverEverythingOptions,
  type Discovery,
  discover,
  type FoundReferrer,
  type Source,
} from './discover.ts'
// Errors
export * from './errors.ts'
export { hasReferrer } from './has-referrer.ts'
export type { Annotations } from './model/annotations.ts'
export { parseAnyManifest } from './model/any-manifest.ts'
export type { ArtifactManifest } from './model/artifact-manifest.ts'
export type { Descriptor, Platform } from './model/descriptor.ts'
export { parseDescriptor } from './model/descriptor.ts'
// Model
export type { Algorithm, Digest } from './model/digest.ts'
export { digestOf, digestOfStream, parseDigest, verifyBytes, verifyStream } from './model/digest.ts'
export { type DigestTag, digestTag, parseDigestTag, suffixTag } from './model/digest-tags.ts'
export type { ImageIndex, ImageManifest, Manifest } from './model/manifest.ts'
export { parseManifest } from './model/manifest.ts'
export type { MediaType } from './model/media-types.ts'
export type { NodeManifest } from './model/node-manifest.ts'
export type { Reference } from './model/reference.ts'
export { formatReference, parseReference } from './model/reference.ts'
export { type Referring, referenceOf } from './model/reference-field.ts'
export { referrersTag } from './model/referrers-tag.ts'
export { newest } from './newest.ts'
// Nodes of proposal C
export {
  type ChainedNode,
  type NodeChainOptions,
  type NodeOptions,
  type NodeReferrersOptions,
  nodeChain,
  nodeDescription,
  nodeObjects,
  nodeReference,
  nodeReferrers,
} from './nodes.ts'
export { type ReferrersOptions, referrers } from './referrers.ts'
export type { Capabilities, Support } from './registry/capabilities.ts'
export type { CredentialSource, Credentials } from './registry/credentials.ts'
export type { Fetch, RequestEvent } from './registry/exchange.ts'
export type { Listing } from './registry/listing.ts'
export type { Asked } from './registry/observed.ts'
export type { ProgressEvent, RepositoryOptions, WarningEvent } from './registry/options.ts'
export type { BlobData } from './registry/push-blob.ts'
export { type Repository, repository } from './registry/repository.ts'
export type {
  DiscoverOptions,
  PublishOptions,
  Referrer,
  Strategy,
  SubjectReference,
  Via,
  Withdrawn,
} from './strategies/strategy.ts'
export { type TagEntry, type TagLink, type TagsOptions, tags } from './tags.ts'
