/**
 * The settings that follow OCI 1.1 and the proposals, and laying others over them.
 *
 * @module
 */
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { allProposals } from './proposals.ts'
import type { CorsSettings, Settings, SomeSettings } from './settings.ts'

/** What GitHub takes: 10 GiB. */
const BLOB_LIMIT = 10 * 1024 ** 3

const algorithms = ['sha256', 'sha384', 'sha512']

/** Any page, everything. */
const openCors: CorsSettings = {
  origin: '*',
  preflight: 'first',
  unknownPaths: true,
  paths: 'all',
  allowedMethods: 'GET, HEAD, PUT, POST, PATCH, DELETE',
  // Authorization is never covered by "*".
  allowedHeaders:
    'Authorization, Accept, Content-Type, Content-Range, Range, If-Match, If-None-Match',
  // Everything a client of any registry reads; browsers hide what is not named.
  exposedHeaders: [
    'Docker-Content-Digest',
    'Link',
    'Location',
    'OCI-Subject',
    'OCI-Reference',
    'OCI-Filters-Applied',
    'OCI-Chunk-Min-Length',
    'OCI-Chunk-Max-Length',
    'OCI-Tag',
    'Range',
    'Content-Range',
    'Accept-Ranges',
    'WWW-Authenticate',
    'ETag',
    'Retry-After',
    'Warning',
    'RateLimit-Limit',
    'RateLimit-Remaining',
    'ORAS-Api-Version',
    'RefType-Api-Version',
  ].join(', '),
}

/** OCI 1.1 as it is written, conditional requests, and every proposal. */
export const defaults: Settings = {
  spelling: {
    jsonType: 'application/json',
    errorType: 'application/json',
    headers: {},
    location: 'relative',
    createdLocation: true,
    digestHeader: true,
    link: 'quoted',
    linkUrl: 'relative',
    slashRedirect: false,
  },
  errors: {},
  manifests: {
    limit: MANIFEST_LIMIT,
    checks: ['ambiguity', 'mixed', 'type', 'subject', 'shape'],
    requireBlobs: true,
    requireEntries: 'manifests',
    subject: 'may be missing',
    algorithms,
    requireDigest: true,
    untyped: 'refused',
    typeParameters: 'dropped',
    requireTag: true,
    movableTags: true,
    accept: 'ignored',
    etag: true,
    weakEtag: true,
    preconditions: true,
    tagParameter: 'heeded',
    digestTagAlias: false,
  },
  tags: {
    pageSize: 1000,
    order: 'bytes',
    paging: 'linked',
    linkFullPage: false,
    badCount: 'refused',
    last: 'any',
    empty: 'list',
    unknownRepository: 'refused',
  },
  referrers: {
    api: true,
    subjectHeader: true,
    pageSize: 1000,
    filter: 'said',
    empty: 'list',
    unknownRepository: 'empty',
    unknownSubject: 'empty',
    badDigest: 'refused',
    type: 'spec',
    indexes: true,
    annotations: true,
  },
  uploads: {
    singlePost: true,
    mount: 'from',
    mountOrBody: true,
    state: '',
    staleLocation: 'accepted',
    order: 'all',
    appended: 202,
    range: 'last byte',
    rangePrefix: '',
    emptyRange: '0-0',
    openRange: true,
    status: true,
    statusLocation: true,
    cancel: true,
    chunkMin: 0,
    chunkMinHeader: true,
    chunkMax: BLOB_LIMIT,
    chunkMaxHeader: false,
    digest: 'as pushed',
    algorithms,
  },
  blobs: { limit: BLOB_LIMIT, etag: false, ranges: 'all' },
  deletes: { tags: true, manifests: true, blobs: true, untag: true, breaksLists: false },
  auth: {
    challenge: 'quoted',
    challengeAlways: false,
    baseScope: '',
    wrongLogin: 'challenged',
    grants: 'reduced',
    tokenField: 'both',
    expiry: true,
  },
  cors: openCors,
  ...allProposals,
}

/** One over the other, group by group; what is undefined leaves what was there. */
export function layered(base: Settings, ...more: readonly SomeSettings[]): Settings {
  const settings: Record<string, object> = { ...base }
  for (const layer of more) {
    for (const [group, values] of Object.entries(layer)) {
      if (!Object.hasOwn(base, group)) continue
      const given = Object.entries(values ?? {}).filter(([, value]) => value !== undefined)
      settings[group] = { ...settings[group], ...Object.fromEntries(given) }
    }
  }
  return settings as unknown as Settings
}
