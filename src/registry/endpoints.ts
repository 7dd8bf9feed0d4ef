/**
 * Every path of distribution-spec, one function each, with its place there; those of the proposals are in
 * `proposal-endpoints.ts`. Names, tags and digests are checked before they get here.
 *
 * @module
 */

/**
 * `GET|HEAD|PUT|DELETE /v2/<name>/manifests/<reference>` (distribution-spec 1.1, end-3, end-7, end-9);
 * the same below `/v3` where there are nodes (PROPOSAL_C.md).
 */
export const manifestPath = (name: string, reference: string, api: 'v2' | 'v3' = 'v2'): string =>
  `/${api}/${name}/manifests/${reference}`

/** `GET|HEAD|DELETE /v2/<name>/blobs/<digest>` (distribution-spec 1.1, end-2, end-10). */
export const blobPath = (name: string, digest: string): string => `/v2/${name}/blobs/${digest}`

/** `POST /v2/<name>/blobs/uploads/` (distribution-spec 1.1, end-4a, end-4b, end-11). */
export const uploadsPath = (name: string, query: Record<string, string> = {}): string => {
  const text = new URLSearchParams(query).toString()
  return `/v2/${name}/blobs/uploads/${text && `?${text}`}`
}

/** `GET /v2/<name>/tags/list[?n=&last=]` (distribution-spec 1.1, end-8a, end-8b). */
export const tagsPath = (name: string, query: Record<string, string> = {}): string => {
  const text = new URLSearchParams(query).toString()
  return `/v2/${name}/tags/list${text && `?${text}`}`
}

/** `GET /v2/<name>/referrers/<digest>[?artifactType=]` (distribution-spec 1.1, end-12a, end-12b). */
export const referrersPath = (name: string, digest: string, artifactType?: string): string =>
  `/v2/${name}/referrers/${digest}${artifactType ? `?artifactType=${encodeURIComponent(artifactType)}` : ''}`
