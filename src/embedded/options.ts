/**
 * The embedded registry's options, and the settings they make together with a profile.
 *
 * @module
 */
import type { AuthOptions } from './access/auth-options.ts'
import type { RateLimit } from './access/rate.ts'
import type { SessionLimits } from './calls/upload-sessions.ts'
import type { RegistryEvent } from './events.ts'
import type { Faults } from './faults.ts'
import type { Profile } from './profiles/profile.ts'
import { findProfile, type ProfileName } from './profiles/profiles.ts'
import { defaults, layered } from './settings/defaults.ts'
import { type ArtifactDialect, findArtifactDialect, withoutProposals } from './settings/dialects.ts'
import type { Settings, SomeSettings } from './settings/settings.ts'
import type { Storage } from './storage/storage.ts'

/** Options of `embeddedRegistry`. All may be left out. */
export interface EmbeddedRegistryOptions {
  /**
   * Which registry to be like: a name of those in `profiles`, or a profile of one's own. The options
   * below stand above it.
   *
   * @default OCI 1.1 as it is written, with every proposal beside it
   */
  readonly profile?: ProfileName | Profile | undefined
  /**
   * Whether referrers can be listed. False: `/referrers/` answers 404 and pushes no `OCI-Subject`, as
   * with distribution.
   *
   * @default true
   */
  readonly referrersApi?: boolean | undefined
  /**
   * Whether `POST ?digest=` with a body stores a blob. False: 202, and the body is dropped, as with
   * distribution.
   *
   * @default true
   */
  readonly singlePost?: boolean | undefined
  /**
   * Whether manifests have an `ETag` and heed `If-Match` and `If-None-Match`: 412 on PUT and DELETE,
   * 304 on GET. False: the headers are ignored, as most registries do.
   *
   * @default true
   */
  readonly conditional?: boolean | undefined
  /**
   * Which pages may use the registry: true for all, an origin such as `https://example.com` for one,
   * false for none. How well that works is the profile's.
   *
   * @default true
   */
  readonly cors?: boolean | string | undefined
  /**
   * Whether manifests, tags and blobs can be deleted. False: 405.
   *
   * @default true
   */
  readonly deletes?: boolean | undefined
  /**
   * Entries on one page of tags or referrers, at most.
   *
   * @default 1000
   */
  readonly pageSize?: number | undefined
  /**
   * Proposal A: artifact manifests and the lists of those with a subject. True: its own path, and
   * ORAS's beside it. A dialect's name is a registry that has this one alone: `oras-first` and
   * `oras` are ORAS's of April and August 2022, `rc` is that of OCI 1.1's release candidates, which
   * lists artifacts at `/referrers/` whatever `referrersApi` says.
   *
   * @default true
   */
  readonly artifactApi?: boolean | ArtifactDialect | undefined
  /**
   * What becomes of an artifact manifest whose subject is not there: 400, or it is kept and listed.
   * Proposal A has both, in different places. Subjects of OCI 1.1 may always be missing.
   *
   * @default 'reject'
   */
  readonly missingSubject?: 'reject' | 'accept' | undefined
  /**
   * What becomes of an index that lists manifests which are not there, such as one of which some platforms were copied:
   * 400, where the profile looks for them, or it is kept.
   *
   * @default 'reject'
   */
  readonly missingEntries?: 'reject' | 'accept' | undefined
  /**
   * Proposal B: whether `/manifests/<tag-or-digest>/references` lists what has a `reference`, and a
   * push of such a document says so by `OCI-Reference`. False: the field is one that the registry does
   * not know.
   *
   * @default true
   */
  readonly referencesApi?: boolean | undefined
  /**
   * Proposal C: whether node manifests can be pushed, and `/v3/` exists.
   *
   * @default true
   */
  readonly nodeApi?: boolean | undefined
  /**
   * Where content is kept.
   *
   * @default memoryStorage()
   */
  readonly storage?: Storage | undefined
  /**
   * Who may do what.
   *
   * @default everybody everything
   */
  readonly auth?: AuthOptions | undefined
  /**
   * Whether nothing can be pushed or deleted: 405, as with distribution.
   *
   * @default false
   */
  readonly readOnly?: boolean | undefined
  /** Sizes and rates beyond which requests are refused. */
  readonly limits?: LimitOptions | undefined
  /**
   * Faults, for tests.
   *
   * @default none
   */
  readonly faults?: Faults | undefined
  /** Called for every request once its answer was read; must not throw. */
  readonly onEvent?: ((event: RegistryEvent) => void) | undefined
  /**
   * Called with what a storage failed with where the answer is a 500 or 503, which says nothing of it; must not throw.
   * Other errors are thrown by `fetch`.
   */
  readonly onError?: ((error: Error) => void) | undefined
}

/** Limits; what is left out is as the profile has it. */
export interface LimitOptions {
  /**
   * Bytes of a manifest; 413 above.
   *
   * @default 4194304
   */
  readonly manifest?: number | undefined
  /**
   * Bytes of a blob; 413 above.
   *
   * @default 10737418240
   */
  readonly blob?: number | undefined
  /**
   * Upload sessions that may be open at once; 429 above.
   *
   * @default 10_000
   */
  readonly uploads?: number | undefined
  /**
   * Seconds after which an upload session that nobody uses is dropped, with its bytes.
   *
   * @default 3600
   */
  readonly uploadIdle?: number | undefined
  /**
   * Requests in a time; 429 with `Retry-After` above.
   *
   * @default none
   */
  readonly rate?: RateLimit | undefined
}

/** The profile's settings and, above them, what the options say. */
export function settingsOf(options: EmbeddedRegistryOptions): Settings {
  const { conditional, cors, deletes, limits = {}, pageSize, referrersApi, singlePost } = options
  const profile = findProfile(options.profile)
  // Registries that exist implement none of the proposals, but for what their profile says.
  const layers = profile ? [withoutProposals, profile.settings] : []
  const chosen: SomeSettings = {
    manifests: {
      limit: limits.manifest,
      etag: conditional,
      weakEtag: conditional,
      preconditions: conditional,
      requireEntries: options.missingEntries === 'accept' ? 'none' : undefined,
    },
    referrers: { api: referrersApi, subjectHeader: referrersApi, pageSize },
    tags: { pageSize },
    uploads: { singlePost },
    blobs: { limit: limits.blob },
    deletes: { tags: deletes, manifests: deletes, blobs: deletes },
    references: { api: options.referencesApi },
    nodes: { api: options.nodeApi },
    cors: { origin: typeof cors === 'boolean' ? (cors ? '*' : '') : cors },
  }
  return layered(defaults, ...layers, chosen, findArtifactDialect(options.artifactApi), {
    artifacts: { missingSubject: options.missingSubject, pageSize },
  })
}

/** The bounds of upload sessions. */
export function sessionLimits({
  uploads = 10_000,
  uploadIdle = 3600,
}: LimitOptions = {}): SessionLimits {
  return { uploads, uploadIdle }
}
