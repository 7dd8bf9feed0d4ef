/**
 * `ocilink/registry`: the distribution protocol, one function per operation.
 *
 * @module
 */

export type { CredentialSource, Credentials } from './auth/credentials.ts'
export type { BlobData } from './blobs/blob-data.ts'
export { deleteBlob, hasBlob, mountBlob } from './blobs/blobs.ts'
export { type BlobReference, type GetBlobBytesOptions, getBlob, getBlobBytes } from './blobs/get.ts'
export { type PushBlobOptions, pushBlob } from './blobs/push.ts'
export type { Capabilities, Support } from './capabilities.ts'
export { type CheckLoginOptions, checkLogin } from './check-login.ts'
export { deleteManifest } from './delete-manifest.ts'
export { type Listing, listing } from './lists/listing.ts'
export { type TagTargets, type TagTargetsOptions, tagTargets } from './lists/tag-targets.ts'
export { type ListTagsOptions, listTags } from './lists/tags.ts'
export { type LoggedIn, loggedIn } from './logged-in.ts'
export {
  findManifest,
  getManifest,
  headManifest,
  type PutManifestOptions,
  type PutManifestResult,
  putManifest,
} from './manifests.ts'
export type { CallOptions, ProgressEvent, RepositoryOptions, WarningEvent } from './options.ts'
export { type Root, type WhatReachesOptions, whatReaches } from './reach.ts'
export type { ReadManifestOptions } from './read-manifest.ts'
export { type Repository, repository, sibling } from './repository.ts'
export type { StoredManifest } from './stored-manifest.ts'
export type { Fetch, RequestEvent } from './wire/exchange.ts'
