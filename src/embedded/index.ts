/**
 * ocilink/embedded: a registry that is a function from Request to Response.
 *
 * @module
 */

export type { ErrorAnswer, ErrorAnswers } from './answers.ts'
export type { CorsSettings } from './cors.ts'
export { memoryStorage } from './memory-storage.ts'
export { type Profile, type ProfileName, profiles } from './profiles.ts'
export type { ArtifactDialect } from './proposals/dialects.ts'
export type {
  ArtifactSettings,
  NodeSettings,
  ProposalSettings,
  ReferenceSettings,
} from './proposals/settings.ts'
export type { EmbeddedRegistry, EmbeddedRegistryOptions } from './registry.ts'
export { embeddedRegistry } from './registry.ts'
export type {
  BlobSettings,
  DeleteSettings,
  ManifestCheck,
  ManifestSettings,
  ReferrerSettings,
  Settings,
  SomeSettings,
  SpellingSettings,
  TagSettings,
  UploadSettings,
} from './settings.ts'
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
