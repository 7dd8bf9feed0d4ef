/**
 * ocilink: link artifacts to images in OCI registries, and find them again.
 *
 * @module
 */

// Errors
export * from './errors.ts'
export type { Annotations } from './model/annotations.ts'
export type { Descriptor, Platform } from './model/descriptor.ts'
export { parseDescriptor } from './model/descriptor.ts'
// Model
export type { Algorithm, Digest } from './model/digest.ts'
export { digestOf, digestOfStream, parseDigest, verifyBytes, verifyStream } from './model/digest.ts'
export type { ImageIndex, ImageManifest, Manifest } from './model/manifest.ts'
export { parseManifest } from './model/manifest.ts'
export type { MediaType } from './model/media-types.ts'
export type { Reference } from './model/reference.ts'
export { formatReference, parseReference } from './model/reference.ts'
export { referrersTag } from './model/referrers-tag.ts'
