/**
 * `ocilink/registry`: the distribution protocol, one function per operation.
 *
 * @module
 */
export { deleteBlob, hasBlob, mountBlob } from './blobs.ts'
export type { Capabilities, Support } from './capabilities.ts'
export type { CredentialSource, Credentials } from './credentials.ts'
export type { Fetch, RequestEvent } from './exchange.ts'
export { type BlobReference, type GetBlobBytesOptions, getBlob, getBlobBytes } from './get-blob.ts'
export { type Listing, listing } from './listing.ts'
export {
  type CallOptions,
  deleteManifest,
  findManifest,
  getManifest,
  headManifest,
  type PutManifestOptions,
  type PutManifestResult,
  putManifest,
  type ReadManifestOptions,
  type StoredManifest,
} from './manifests.ts'
export type { ProgressEvent, RepositoryOptions, WarningEvent } from './options.ts'
export { type BlobData, type PushBlobOptions, pushBlob } from './push-blob.ts'
export { type Repository, repository } from './repository.ts'
export { type ListTagsOptions, listTags } from './tags.ts'
