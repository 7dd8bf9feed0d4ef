/**
 * Hosted registries. Their settings are from issues and documentation, since none can be run for a comparison;
 * the rest follows the specification.
 *
 * @module
 */
import { noConditions, noPages, noReferrers, type Profile } from './profile.ts'

const common = { manifests: { ...noConditions, tagParameter: 'ignored' }, cors: noPages } as const
const MiB = 1024 * 1024

/** GitHub: no referrers, 4 MiB a request, tokens that are refused as a whole. */
export const ghcr: Profile = {
  name: 'ghcr',
  source:
    'NVIDIA/aicr#1957, ocx#237, rust-oci-client#37, radius#12623, serverless-registry#148, ' +
    'renovate#11446; packages are deleted through an API of their own',
  date: '2026-07',
  settings: {
    ...common,
    errors: { 'referrers-api': { status: 404, code: 'MANIFEST_UNKNOWN' } },
    referrers: noReferrers,
    uploads: { chunkMax: 4 * MiB, cancel: false },
    deletes: { tags: false, manifests: false, blobs: false },
    auth: {
      baseScope: 'repository:user/image:pull',
      wrongLogin: 'denied',
      grants: 'all or nothing',
      tokenField: 'token',
      expiry: false,
    },
  },
}

/** Amazon: chunks of at least 5 MiB, 201 for each, and a `Range` that stands still. */
export const ecr: Profile = {
  name: 'ecr',
  source:
    'containers-roadmap#2831, tart#273, soci#1327, drydock#927 (ECR Public), distribution#3792; ' +
    'its API reference (layer parts)',
  date: '2026-07',
  settings: {
    ...common,
    spelling: { digestHeader: false },
    errors: {
      'tag-cursor': { status: 405, code: 'UNSUPPORTED' },
      'tag-immutable': { status: 400, code: 'TAG_INVALID' },
    },
    tags: { last: 'from a link' },
    uploads: {
      appended: 201,
      range: 'first chunk',
      chunkMin: 5 * MiB,
      chunkMinHeader: false,
      chunkMax: 20 * MiB,
    },
  },
}

/** Docker Hub as it was when it said `OCI-Subject` and had no list: links were lost. */
export const dockerHub: Profile = {
  name: 'dockerHub',
  source: 'docker/hub-feedback#2372; since then soci#1828 says that the list exists: ask',
  date: '2024-06',
  settings: {
    ...common,
    errors: { 'subject-missing': { status: 404, code: 'MANIFEST_UNKNOWN' } },
    manifests: { ...common.manifests, subject: 'must exist' },
    referrers: { api: false, subjectHeader: true },
  },
}

/** GitLab: pages for people where the API ends, and tags that are digests. */
export const gitlab: Profile = {
  name: 'gitlab',
  source: 'gitlab#592700, gitlab#592705, oras-go#1396',
  date: '2026-07',
  settings: {
    ...common,
    errors: {
      'referrers-api': {
        status: 404,
        text: '<!DOCTYPE html><html><head><title>Not Found</title></head></html>',
      },
    },
    manifests: { ...common.manifests, digestTagAlias: true },
    referrers: noReferrers,
  },
}

/** Microsoft: the list and its header. */
export const acr: Profile = {
  name: 'acr',
  source: 'azure-cli#25069, sdk-container-builds#258',
  date: '2023-01',
  settings: common,
}

/** Google, before it had the list: 200 and a page to sign in. */
export const gar: Profile = {
  name: 'gar',
  source: 'soci-snapshotter docs/registry.md, oras-go#633; attachments are listed by now',
  date: '2023-10',
  settings: {
    ...common,
    errors: {
      'referrers-api': { status: 200, text: '<!doctype html><html><title>Sign in</title></html>' },
    },
    referrers: noReferrers,
  },
}

/** JFrog before 7.90: 406 for a list that it does not have. */
export const artifactory: Profile = {
  name: 'artifactory',
  source: 'go-containerregistry#1962, which names no product; docs of 7.90.1',
  date: '2024-06',
  settings: {
    ...common,
    errors: { 'referrers-api': { status: 406, code: 'UNSUPPORTED' } },
    referrers: noReferrers,
  },
}

/** Sonatype's Docker format: OCI 1.0. */
export const nexus: Profile = {
  name: 'nexus',
  source: 'its documentation, nydus#1705',
  date: '2026-08',
  settings: { ...common, referrers: noReferrers },
}
