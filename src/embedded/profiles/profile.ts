/**
 * A profile: the settings in which a registry differs from OCI 1.1, where clients can notice. What is left out
 * is as in the specification.
 *
 * @module
 */
import type { SomeSettings } from '../settings/settings.ts'

/** A registry to be like. */
export interface Profile {
  readonly name: string
  /** Where its behaviour was seen: a program and its version, its source, issues, documentation. */
  readonly source: string
  /** When that was, as `2026-11`. */
  readonly date: string
  readonly settings: SomeSettings
}

/** No ETags, and no conditional requests. */
export const noConditions = { etag: false, weakEtag: false, preconditions: false } as const

/** No referrers API, and no `OCI-Subject`. */
export const noReferrers = { api: false, subjectHeader: false } as const

/** No page may use the registry. */
export const noPages = { origin: '', exposedHeaders: '' } as const

/** Lists are not cut into pages, but for their bytes. */
export const onePage: { readonly pageSize: number } = { pageSize: Number.MAX_SAFE_INTEGER }
