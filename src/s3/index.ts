/**
 * ocilink/s3: a storage for the embedded registry in a bucket, which any number of processes may share.
 *
 * @module
 */

export type { S3Credentials } from './client/signer.ts'
export { type S3StorageOptions, s3Storage } from './s3-storage.ts'
export { type SweepOptions, sweepS3 } from './sweep.ts'
export type { Swept } from './swept.ts'
