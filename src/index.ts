/**
 * ocilink: link artifacts to images in OCI registries, and find them again.
 *
 * @module
 */

// A blank line after each heading keeps biome from sorting across groups.

// A repository, and how to talk to its registry

export type { CredentialSource, Credentials } from './registry/auth/credentials.ts'
export type { Capabilities, Support } from './registry/capabilities.ts'
export type { ProgressEvent, RepositoryOptions, WarningEvent } from './registry/options.ts'
export { type Repository, repository, sibling } from './registry/repository.ts'
export type { SentRequest } from './registry/views.ts'
export type { Fetch, RequestEvent } from './registry/wire/exchange.ts'
export { type Located, type LocateOptions, locate } from './tasks/locate.ts'

// Linking

export type { BlobData } from './registry/blobs/blob-data.ts'
export type {
  Artifact,
  FindOptions,
  LinkField,
  Loss,
  NewReferrer,
  PublishOptions,
  Referrer,
  Strategy,
  SubjectReference,
  Via,
  Withdrawn,
  WithdrawOptions,
} from './strategies/strategy.ts'
export {
  type ArtifactBlob,
  type ArtifactInput,
  type AttachManyOptions,
  type AttachOptions,
  attach,
} from './tasks/attach.ts'
export { type DetachOptions, detach } from './tasks/detach.ts'
export type { AttachOutcome } from './tasks/lib/attach-outcome.ts'
export { type LinkInput, type LinkOptions, link } from './tasks/link.ts'
export { strategyOf } from './tasks/strategy-of.ts'

// Finding

export type { Listing } from './registry/lists/listing.ts'
export {
  type DiscoverOptions,
  type Discovery,
  discover,
} from './tasks/discover/discover.ts'
export type { FoundReferrer } from './tasks/discover/found-tree.ts'
export type { Source } from './tasks/discover/source.ts'
export { type HasReferrerOptions, hasReferrer } from './tasks/has-referrer.ts'
export type { Filters } from './tasks/lib/filters.ts'
export type { QueryOptions } from './tasks/lib/query.ts'
export type { Scope } from './tasks/lib/scope-name.ts'
export type { StrategyChoice } from './tasks/lib/strategy-choice.ts'
export { type NewestOptions, newest } from './tasks/newest.ts'
export { type PlatformsOptions, platforms } from './tasks/platforms.ts'
export { type ReferrersOptions, referrers } from './tasks/referrers.ts'

// Cleaning up

export { graph } from './tasks/graph/graph.ts'
export type { GraphOptions } from './tasks/graph/options.ts'
export type {
  Graph,
  GraphEdge,
  GraphManifest,
  GraphProblem,
  GraphTag,
} from './tasks/graph/repository-graph.ts'
export type {
  DeletedItem,
  DeleteProgress,
  DeleteStep,
  KeptManifest,
} from './tasks/lib/deletes/step.ts'
export type { PruneOptions } from './tasks/prune/options.ts'
export { prune } from './tasks/prune/prune.ts'
export type { Pruning } from './tasks/prune/pruning.ts'
export type { KeepRule } from './tasks/prune/rule.ts'
export type { Removal, RemoveOptions } from './tasks/remove/removal.ts'
export { remove } from './tasks/remove/remove.ts'
export type { RepairOptions } from './tasks/repair/options.ts'
export { repair } from './tasks/repair/repair.ts'
export type { LeftEntry, Repair, RepairItem, RepairStep } from './tasks/repair/repairs.ts'

// Taking along

export { copy } from './tasks/copy/copy.ts'
export type { CopyOptions } from './tasks/copy/options.ts'
export type {
  CopiedBlob,
  CopiedManifest,
  CopiedReferrer,
  CopyLoss,
  CopyProgress,
  CopyReport,
} from './tasks/copy/report.ts'
export { type Difference, type DiffOptions, diff } from './tasks/diff.ts'

// Reading what is attached

export { type ArtifactsOptions, artifacts } from './tasks/read/artifacts.ts'
export type { ReadArtifact } from './tasks/read/open.ts'
export type { ReadOptions } from './tasks/read/options.ts'
export { type ReadArtifactOptions, readArtifact } from './tasks/read/read-artifact.ts'
export type { Content, ReadableBlob } from './tasks/read/readable-blob.ts'
export { type FoundStatement, type StatementsOptions, statements } from './tasks/read/statements.ts'

// Turning one way of linking into another

export type { Certificate, ConvertedLink, ConvertedReferrer } from './tasks/convert/certificate.ts'
export { convert } from './tasks/convert/convert.ts'
export type { ConvertOptions } from './tasks/convert/options.ts'
export {
  type ConversionVerdict,
  type VerifyConversionOptions,
  verifyConversion,
} from './tasks/convert/verify-conversion.ts'

// What a registry can do, and what its tags are

export {
  type DetectedStrategy,
  type Detection,
  type DetectOptions,
  detect,
} from './tasks/detect.ts'
export {
  type LinkTag,
  type NamedTag,
  type TagEntry,
  type TagLink,
  type TagsOptions,
  tags,
} from './tasks/tags.ts'

// The model: digests, descriptors, manifests, references, and how tags are spelled

export type { Annotations } from './model/annotations.ts'
export { parseAnyManifest } from './model/any-manifest.ts'
export type { ArtifactManifest } from './model/artifact-manifest.ts'
export {
  type Descriptor,
  EMPTY,
  EMPTY_BYTES,
  type Platform,
  parseDescriptor,
} from './model/descriptor.ts'
export {
  type Digest,
  digestOf,
  digestOfStream,
  parseDigest,
  verifyBytes,
} from './model/digest.ts'
export { type DigestTag, digestTag, parseDigestTag, suffixTag } from './model/digest-tags.ts'
export {
  encodeManifest,
  type ImageIndex,
  type ImageManifest,
  type Manifest,
  parseManifest,
} from './model/manifest.ts'
export type { MediaType } from './model/media-types.ts'
export type { NodeManifest } from './model/node-manifest.ts'
export { formatReference, parseReference, type Reference } from './model/reference.ts'
export { type Referring, referenceOf } from './model/reference-field.ts'
export { referrersTag } from './model/referrers-tag.ts'
export {
  isAbout,
  parseStatements,
  type Statement,
  type StatementSubject,
  type StatementWrapper,
  type WrappedStatement,
} from './model/statement.ts'
export type { Subject } from './model/subject.ts'
export { type Successor, type SuccessorRole, successors } from './model/successors.ts'
export { verifyStream } from './model/verify-stream.ts'
export type { Algorithm } from './platform/hasher.ts'

// Errors

export * from './errors.ts'
