/**
 * ocilink: link artifacts to images in OCI registries, and find them again.
 *
 * @module
 */

// Errors
export * from './errors.ts'
export type { Annotations } from './model/annotations.ts'
export { parseAnyManifest } from './model/any-manifest.ts'
export type { ArtifactManifest } from './model/artifact-manifest.ts'
export type { Descriptor, Platform } from './model/descriptor.ts'
export { parseDescriptor } from './model/descriptor.ts'
// Model
export type { Digest } from './model/digest.ts'
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
export type { Algorithm } from './platform/hasher.ts'
export type { CredentialSource, Credentials } from './registry/auth/credentials.ts'
export type { BlobData } from './registry/blobs/push.ts'
export type { Capabilities, Support } from './registry/capabilities.ts'
export type { Listing } from './registry/lists/listing.ts'
export type { Asked } from './registry/observed.ts'
export type { ProgressEvent, RepositoryOptions, WarningEvent } from './registry/options.ts'
export { type Repository, repository } from './registry/repository.ts'
export type { Fetch, RequestEvent } from './registry/wire/exchange.ts'
export type {
  DiscoverOptions,
  PublishOptions,
  Referrer,
  Strategy,
  SubjectReference,
  Via,
  Withdrawn,
} from './strategies/strategy.ts'
export {
  type ArtifactBlob,
  type ArtifactInput,
  type AttachOptions,
  attach,
} from './tasks/attach.ts'
export { type DetachOptions, detach } from './tasks/detach.ts'
export {
  type DetectedStrategy,
  type Detection,
  type DetectOptions,
  detect,
} from './tasks/detect.ts'
export {
  type DiscoverEverythingOptions,
  type Discovery,
  discover,
} from './tasks/discover/discover.ts'
export type { FoundReferrer } from './tasks/discover/found-tree.ts'
export type { Source } from './tasks/discover/source.ts'
export { hasReferrer } from './tasks/has-referrer.ts'
// Finding out
export type { Scope } from './tasks/lib/scope.ts'
// Linking
export type { Subject } from './tasks/lib/subject.ts'
export { newest } from './tasks/newest.ts'
export { type ReferrersOptions, referrers } from './tasks/referrers.ts'
export { type TagEntry, type TagLink, type TagsOptions, tags } from './tasks/tags.ts'
