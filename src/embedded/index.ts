/**
 * ocilink/embedded: a registry that is a function from Request to Response.
 *
 * @module
 */

export type { AuthOptions } from './access/auth-options.ts'
export type { Action, Permission, User } from './access/permissions.ts'
export type { RateLimit } from './access/rate.ts'
export { type RegistryEvent, type RequestLog, requestLog } from './events.ts'
export { BrokenConnection, type Fault, type FaultAnswer, type Faults } from './faults.ts'
export type { EmbeddedRegistryOptions, LimitOptions } from './options.ts'
export type { Profile } from './profiles/profile.ts'
export { type ProfileName, profiles } from './profiles/profiles.ts'
export type { EmbeddedRegistry } from './registry.ts'
export { embeddedRegistry } from './registry.ts'
export type { ArtifactDialect } from './settings/dialects.ts'
export type {
  ArtifactSettings,
  NodeSettings,
  ProposalSettings,
  ReferenceSettings,
} from './settings/proposals.ts'
export type {
  AuthSettings,
  BlobSettings,
  CorsSettings,
  DeleteSettings,
  ManifestCheck,
  ManifestSettings,
  ReferrerSettings,
  Settings,
  SomeSettings,
  SpellingSettings,
  TagSettings,
  UploadSettings,
} from './settings/settings.ts'
export { type MemoryStorageOptions, memoryStorage } from './storage/memory-storage.ts'
export type {
  BlobUse,
  BlobWriter,
  Expected,
  Link,
  ReferrersQuery,
  RepositoryStorage,
  SharedWrites,
  Storage,
  StoredBlob,
  StoredManifest,
  StoredTag,
  StoredUploads,
} from './storage/storage.ts'
export type { AnswerCode, ErrorAnswer, ErrorAnswers, Reason } from './wire/answers.ts'
