/**
 * Registries that anybody can run, apart from docker-registry and its kin.
 *
 * @module
 */
import { noConditions, noPages, noReferrers, onePage, type Profile } from './profile.ts'

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
    cors: noPages,
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
      // It has none; without one a single push could fill the memory.
      limit: 16 * 1024 * 1024,
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
    cors: noPages,
  },
}

/** zot: referrers, mounts from anywhere, and challenges in a spelling of its own. */
export const zot: Profile = {
  name: 'zot',
  source: 'zot 2.1.20, its source: pkg/api/routes.go',
  date: '2026-08',
  settings: {
    errors: { 'subject-digest': { status: 400, text: '' } },
    manifests: { typeParameters: 'refused', ...noConditions },
    tags: { last: 'known' },
    referrers: onePage,
    uploads: { mount: 'anywhere', mountOrBody: false },
    auth: { challenge: 'bare', challengeAlways: true },
    cors: {
      paths: 'without blobs',
      allowedMethods: 'GET, HEAD, DELETE, OPTIONS',
      allowedHeaders: 'Authorization,content-type,X-ZOT-API-CLIENT',
      exposedHeaders: '',
    },
  },
}

/** zot before its 2.0: links without angle brackets, no `OCI-Subject`, the type of the config. */
export const zot1: Profile = {
  name: 'zot1',
  source: 'zot 1.4.3, its source: pkg/api/routes.go, pkg/storage/common.go',
  date: '2022-12',
  settings: {
    ...zot.settings,
    spelling: { link: 'bare' },
    manifests: { ...zot.settings.manifests, tagParameter: 'ignored' },
    referrers: {
      ...onePage,
      subjectHeader: false,
      filter: 'silent',
      unknownRepository: 'refused',
      type: 'config',
    },
    artifacts: {
      types: [
        'application/vnd.oci.artifact.manifest.v1+json',
        'application/vnd.cncf.oras.artifact.manifest.v1+json',
      ],
      requireType: false,
      requireSubject: false,
      missingSubject: 'accept',
      lists: ['oras-draft'],
      order: 'digest',
      paging: false,
    },
  },
}

/** Quay: referrers without a header that says so, ranges spelled as by no other registry. */
export const quay: Profile = {
  name: 'quay',
  source: 'quay/quay, its source: endpoints/v2; distribution-spec#563, quay#3071',
  date: '2026-08',
  settings: {
    spelling: { location: 'absolute' },
    errors: { 'subject-unknown': { status: 400, code: 'MANIFEST_INVALID' } },
    manifests: { ...noConditions, tagParameter: 'ignored' },
    referrers: { ...onePage, subjectHeader: false, unknownSubject: 'refused' },
    uploads: {
      range: 'length',
      rangePrefix: 'bytes=',
      emptyRange: '0--1',
      statusLocation: false,
    },
    deletes: { blobs: false },
    cors: noPages,
  },
}

/** Harbor: docker-registry with referrers. */
export const harbor: Profile = {
  name: 'harbor',
  source: 'goharbor/harbor, its source and harbor#19867 (types before 2.11)',
  date: '2026-08',
  settings: {
    manifests: { ...noConditions, tagParameter: 'ignored' },
    referrers: onePage,
    uploads: { singlePost: false },
    cors: noPages,
  },
}

/** cloudflare/serverless-registry: chunks have a least and a most size. */
export const cloudflare: Profile = {
  name: 'cloudflare',
  source: 'cloudflare/serverless-registry, its source: src/router.ts, src/chunk.ts',
  date: '2026-08',
  settings: {
    manifests: { ...noConditions, tagParameter: 'ignored' },
    uploads: { chunkMin: 5 * 1024 * 1024, chunkMax: 100_000_000, chunkMaxHeader: true },
    cors: noPages,
  },
}
