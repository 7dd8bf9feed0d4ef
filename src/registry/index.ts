/**
 * `ocilink/registry`: the distribution protocol, one function per operation.
 *
 * @module
 */

export type { CredentialSource, Credentials } from './auth/credentials.ts'
export { deleteBlob, hasBlob, mountBlob } from './blobs/blobs.ts'
export { type BlobReference, type GetBlobBytesOptions, getBlob, getBlobBytes } from './blobs/get.ts'
export { type BlobData, type PushBlobOptions, pushBlob } from './blobs/push.ts'
export type { Capabilities, Support } from './capabilities.ts'
export { type Listing, listing } from './lists/listing.ts'
export { type ListTagsOptions, listTags } from './lists/tags.ts'
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
export { type Repository, repository } from './repository.ts'
export type { Fetch, RequestEvent } from './wire/exchange.ts'
