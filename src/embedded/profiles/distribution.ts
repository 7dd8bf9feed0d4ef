/**
 * docker-registry, and what was made of its source.
 *
 * @module
 */
import type { ErrorAnswers } from '../wire/answers.ts'
import { noReferrers, type Profile } from './profile.ts'

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

/** The fork that proposal B was tried on: its field is stored, and nothing lists it. */
export const distributionB: Profile = {
  name: 'distributionB',
  source: 'dlorenc/distribution with the reference field, recorded while it ran',
  date: '2021-03',
  settings: {
    ...distribution2.settings,
    errors: { ...distribution2.settings.errors, 'tag-delete': { code: 'UNSUPPORTED' } },
    manifests: { ...distribution2.settings.manifests, checks: ['type', 'shape'] },
  },
}
