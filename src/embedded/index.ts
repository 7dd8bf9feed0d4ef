/**
 * ocilink/embedded: a registry that is a function from Request to Response.
 *
 * @module
 */
export { memoryStorage } from './memory-storage.ts'
export type { EmbeddedRegistry, EmbeddedRegistryOptions } from './registry.ts'
export { embeddedRegistry } from './registry.ts'
export type {
  BlobWriter,
  Link,
  ReferrersQuery,
  RepositoryStorage,
  Storage,
  StoredBlob,
  StoredManifest,
  StoredTag,
} from './storage.ts'
