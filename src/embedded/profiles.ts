/**
 * Registries to be like, as data: what each does that OCI 1.1 does not say, and what of that hurts
 * clients. What is left out follows the specification.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import type { ErrorAnswers } from './answers.ts'
import type { SomeSettings } from './settings.ts'

/** A registry to be like. */
export interface Profile {
  readonly name: string
  /** Where its behaviour was seen: a program and its version, or issues and documentation. */
  readonly source: string
  /** When, as `2026-11`. */
  readonly date: string
  readonly settings: SomeSettings
}

const noConditions = { etag: false, weakEtag: false, preconditions: false }
const noReferrers = { api: false, subjectHeader: false }
const pageNotFound = { status: 404, text: '404 page not found' }

const distributionErrors: ErrorAnswers = {
  endpoint: pageNotFound,
  name: pageNotFound,
  tag: pageNotFound,
  method: { text: 'Method not allowed' },
  'manifest-repository': { code: 'MANIFEST_UNKNOWN' },
  'manifest-size': { status: 400, code: 'MANIFEST_INVALID' },
  'blob-range': { text: 'invalid range: failed to overlap', without: ['Accept-Ranges'] },
}

/** docker-registry 2.8, with deletes enabled: no referrers API, unsorted tags, no paging. */
export const distribution2: Profile = {
  name: 'distribution2',
  source: 'docker-registry 2.8.2, run side by side by test/live/profiles.test.ts',
  date: '2026-11',
  settings: {
    spelling: {
      jsonType: 'application/json; charset=utf-8',
      errorType: 'application/json; charset=utf-8',
      headers: { 'Docker-Distribution-Api-Version': 'registry/2.0' },
      location: 'absolute',
      slashRedirect: true,
    },
    errors: {
      ...distributionErrors,
      'manifest-digest': { status: 500, code: 'UNKNOWN' },
      'manifest-push-digest': { status: 500, code: 'UNKNOWN' },
      'tag-delete': { status: 400, code: 'DIGEST_INVALID' },
      'upload-stale': { status: 404, code: 'BLOB_UPLOAD_INVALID', without: ['Range', 'Location'] },
    },
    manifests: {
      checks: ['mixed', 'type', 'shape'],
      algorithms: ['sha256'],
      accept: 'named',
      weakEtag: false,
      preconditions: false,
      tagParameter: 'ignored',
    },
    tags: { order: 'none', paging: 'ignored', empty: 'null' },
    referrers: noReferrers,
    uploads: {
      singlePost: false,
      state: '_state',
      staleLocation: 'refused',
      order: 'none',
      digest: 'sha256',
    },
    blobs: { etag: true },
    deletes: { tags: false },
    cors: { origin: '', preflight: 'after auth', unknownPaths: false, exposedHeaders: '' },
  },
}

/** distribution 3, with deletes enabled: as 2.8, with tags sorted and paged, and chunks checked. */
export const distribution3: Profile = {
  name: 'distribution3',
  source: 'distribution 3.1.2, run side by side by test/live/profiles.test.ts',
  date: '2026-11',
  settings: {
    ...distribution2.settings,
    spelling: {
      ...distribution2.settings.spelling,
      jsonType: 'application/json',
      errorType: 'application/json',
    },
    errors: {
      ...distributionErrors,
      'upload-order': { code: 'RANGE_INVALID', without: ['Range', 'Location'] },
    },
    manifests: {
      ...distribution2.settings.manifests,
      requireEntries: 'all',
      accept: 'images named',
    },
    tags: { linkFullPage: true },
    uploads: { ...distribution2.settings.uploads, order: 'all' },
    deletes: {},
  },
}

/** olareg, with deletes enabled: small and nearly complete. */
export const olareg: Profile = {
  name: 'olareg',
  source: 'olareg 0.2.2, run side by side by test/live/profiles.test.ts',
  date: '2026-11',
  settings: {
    spelling: {
      errorType: 'text/plain; charset=utf-8',
      headers: { 'Docker-Distribution-Api-Version': 'registry/2.0' },
      link: 'unquoted',
    },
    errors: {
      endpoint: { text: '' },
      name: { status: 404, text: '' },
      tag: { code: 'DIGEST_INVALID' },
      method: { without: ['Allow'] },
      'manifest-repository': { code: 'MANIFEST_UNKNOWN' },
      'manifest-digest': { status: 404, code: 'MANIFEST_UNKNOWN' },
      'manifest-delete-digest': { status: 404, code: 'MANIFEST_UNKNOWN' },
      'blob-range': { text: 'invalid range: failed to overlap', without: ['Accept-Ranges'] },
      'upload-content': { code: 'BLOB_UPLOAD_INVALID' },
      'upload-no-digest': { code: 'BLOB_UPLOAD_INVALID' },
      'upload-order': { code: 'SIZE_INVALID', without: ['Location'] },
      'read-only': { status: 403, code: 'DENIED', without: ['Allow'] },
      'read-only-delete': { without: ['Allow'] },
      BLOB_UPLOAD_UNKNOWN: { status: 400 },
    },
    manifests: {
      limit: 8 * 1024 * 1024,
      checks: ['shape', 'subject'],
      untyped: 'as the body says',
      accept: 'matched',
      ...noConditions,
      tagParameter: 'always',
    },
    tags: { badCount: 'ignored', unknownRepository: 'empty' },
    referrers: { filter: 'said once', badDigest: 'empty' },
    uploads: { state: 'state', emptyRange: '0--1', openRange: false },
    cors: { origin: '', preflight: 'unknown' },
  },
}

/** The registry in go-containerregistry, `crane registry serve`: takes everything, checks little. */
export const ggcr: Profile = {
  name: 'ggcr',
  source: 'crane 0.22.1, run side by side by test/live/profiles.test.ts',
  date: '2026-11',
  settings: {
    spelling: {
      jsonType: 'text/plain; charset=utf-8',
      errorType: 'text/plain; charset=utf-8',
      createdLocation: false,
    },
    errors: {
      endpoint: { code: 'METHOD_UNKNOWN' },
      name: { status: 404, code: 'NAME_UNKNOWN' },
      method: { status: 400, code: 'METHOD_UNKNOWN', without: ['Allow'] },
      'tag-count': { code: 'BAD_REQUEST' },
      'manifest-entry': { status: 404, code: 'MANIFEST_UNKNOWN' },
      'manifest-digest': { status: 404, code: 'MANIFEST_UNKNOWN' },
      'manifest-delete-digest': { status: 404, code: 'MANIFEST_UNKNOWN' },
      'blob-digest': { code: 'NAME_INVALID' },
      'blob-delete': { status: 500, code: 'INTERNAL_SERVER_ERROR' },
      'blob-range': {
        code: 'BLOB_UNKNOWN',
        without: ['Accept-Ranges', 'Content-Range', 'Docker-Content-Digest'],
      },
      'upload-cancel': { status: 400, code: 'NAME_INVALID' },
      'upload-digest': { code: 'NAME_INVALID' },
      'upload-no-digest': { code: 'DIGEST_INVALID' },
      'upload-order': { code: 'BLOB_UPLOAD_UNKNOWN', without: ['Range', 'Location'] },
    },
    manifests: {
      limit: Number.POSITIVE_INFINITY,
      checks: [],
      requireBlobs: false,
      requireDigest: false,
      untyped: 'as the body says',
      requireTag: false,
      ...noConditions,
      tagParameter: 'ignored',
    },
    tags: { paging: 'unlinked' },
    referrers: { ...noReferrers, filter: 'ignored', type: 'config', annotations: false },
    uploads: { mount: 'never', order: 'PATCH', status: false, cancel: false },
    blobs: { ranges: 'closed' },
    deletes: { untag: false },
    cors: { origin: '', preflight: 'unknown' },
  },
}

/** Every profile, by name. */
export const profiles: {
  readonly [Name in ProfileName]: Profile
} = { distribution2, distribution3, olareg, ggcr }

/** Names of {@link profiles}. */
export type ProfileName = 'distribution2' | 'distribution3' | 'olareg' | 'ggcr'

/** The profile of a name, or the one given. */
export function findProfile(profile: ProfileName | Profile | undefined): Profile | undefined {
  if (typeof profile !== 'string') return profile
  if (Object.hasOwn(profiles, profile)) return profiles[profile]
  const expected = `one of ${Object.keys(profiles).join(', ')}`
  throw new InvalidInputError('INVALID_INPUT', 'profile', expected, profile)
}
