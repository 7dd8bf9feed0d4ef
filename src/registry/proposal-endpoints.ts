/**
 * The paths that only proposals of 2022 have, apart from those that each page loads. Names, tags and digests are
 * checked before they get here.
 *
 * @module
 */
import { manifestPath } from './endpoints.ts'

/** `GET /v2/<name>/manifests/<tag-or-digest>/references` (PROPOSAL_B.md, "Registry HTTP API"). */
export const referencesPath = (name: string, reference: string): string =>
  `${manifestPath(name, reference)}/references`

/**
 * `GET /v2/<name>/_oci/artifacts/referrers?digest=[&artifactType=]` (PROPOSAL_A.md, "API Path"), and
 * the same below `_oras` (ORAS artifacts-spec, manifest-referrers-api.md).
 */
export const artifactsPath = (
  name: string,
  extension: '_oci' | '_oras',
  digest: string,
  artifactType?: string,
): string =>
  `/v2/${name}/${extension}/artifacts/referrers?digest=${digest}${artifactType ? `&artifactType=${encodeURIComponent(artifactType)}` : ''}`

/** `GET /oras/artifacts/v1/<name>/manifests/<digest>/referrers[?artifactType=]` (ORAS's drafts of 2021). */
export const orasDraftPath = (name: string, digest: string, artifactType?: string): string =>
  `/oras/artifacts/v1/${name}/manifests/${digest}/referrers${artifactType ? `?artifactType=${encodeURIComponent(artifactType)}` : ''}`

/** `GET /v3/`: 200 where there are nodes (PROPOSAL_C.md, "Requirements"). */
export const NODE_BASE_PATH = '/v3/'

/** `GET /v3/<name>/<part>/<tag-or-digest>` (PROPOSAL_C.md, "Registry HTTP API"). */
export const nodePath = (
  name: string,
  part: 'referrers' | 'reference' | 'objects' | 'description',
  reference: string,
): string => `/v3/${name}/${part}/${reference}`
