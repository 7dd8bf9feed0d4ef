/**
 * ocilink/embedded: a registry that is a function from Request to Response.
 *
 * @module
 */

export type { AnswerCode, ErrorAnswer, ErrorAnswers, Reason } from './answers.ts'
export type { AuthOptions } from './auth.ts'
export type { CorsSettings } from './cors.ts'
export { type RegistryEvent, type RequestLog, requestLog } from './events.ts'
export { BrokenConnection, type Fault, type FaultAnswer, type Faults } from './faults.ts'
export { memoryStorage } from './memory-storage.ts'
export type { EmbeddedRegistryOptions, LimitOptions } from './options.ts'
export type { Action, Permission, User } from './permissions.ts'
export type { Profile } from './profile.ts'
export { type ProfileName, profiles } from './profiles.ts'
export type { ArtifactDialect } from './proposals/dialects.ts'
export type {
  ArtifactSettings,
  NodeSettings,
  ProposalSettings,
  ReferenceSettings,
} from './proposals/settings.ts'
export type { RateLimit } from './rate.ts'
export type { EmbeddedRegistry } from './registry.ts'
export { embeddedRegistry } from './registry.ts'
export type {
  AuthSettings,
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
