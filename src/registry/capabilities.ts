/**
 * What a registry was seen to support. Never a boolean: "not known yet" is not "no".
 *
 * @module
 */
import { type Checks, checkOptions, oneOf } from '../platform/options.ts'

/** Seen, seen to be missing, or not known yet. */
export type Support = 'supported' | 'unsupported' | 'unknown'

/**
 * What one repository's registry was seen to support. Plain JSON: keep it between processes and pass
 * it back as `repository(name, { capabilities })` to save the requests that found it out.
 */
export interface Capabilities {
  /** `GET /v2/<name>/referrers/<digest>` answers with an image index. */
  referrersApi: Support
  /** Its `?artifactType=` goes by the types of artifacts, and not by those of their configs. */
  typeFilter: Support
  /** A manifest with `subject` is acknowledged by the header `OCI-Subject`. */
  subjectHeader: Support
  /** A blob can be pushed by one `POST` with its bytes. */
  singlePost: Support
  /** `tags/list?last=` gives the tags after any text, in the order of bytes. */
  tagSeek: Support
  /** `GET /v2/<name>/manifests/<digest>/references` answers with an image index (proposal B). */
  referencesApi: Support
  /** Lists of proposal A have the newest first; "unsupported" once the dates in one said otherwise. */
  artifactsSorted: Support
  /** An artifact manifest can be pushed, of OCI's type or of ORAS's (proposal A). */
  artifactManifests: Support
  /** It can be of OCI's type. */
  ociArtifactManifests: Support
  /** `GET /v2/<name>/_oci/artifacts/referrers` answers with a list: proposal A's own. */
  artifactsApi: Support
  /** `GET /v2/<name>/_oras/artifacts/referrers` does: ORAS's. */
  orasArtifactsApi: Support
  /** `GET /oras/artifacts/v1/<name>/manifests/<digest>/referrers` does: that of ORAS's drafts. */
  orasDraftApi: Support
  /** `/v3/` is there: node manifests can be pushed and read (proposal C). */
  nodesApi: Support
}

const none: Capabilities = {
  referrersApi: 'unknown',
  typeFilter: 'unknown',
  subjectHeader: 'unknown',
  singlePost: 'unknown',
  tagSeek: 'unknown',
  referencesApi: 'unknown',
  artifactsSorted: 'unknown',
  artifactManifests: 'unknown',
  ociArtifactManifests: 'unknown',
  artifactsApi: 'unknown',
  orasArtifactsApi: 'unknown',
  orasDraftApi: 'unknown',
  nodesApi: 'unknown',
}

/**
 * Capabilities as a caller remembers them; what is left out is not known yet.
 *
 * @throws `InvalidInputError` for a value or a name that is none
 */
export function capabilitiesOf(known: Partial<Capabilities> = {}): Capabilities {
  const support = oneOf('supported', 'unsupported', 'unknown')
  const checks = Object.fromEntries(Object.keys(none).map((name) => [name, support]))
  checkOptions(known, checks as unknown as Checks<Partial<Capabilities>>, 'capabilities.')
  const given = Object.entries(known).filter(([, value]) => value !== undefined)
  return { ...none, ...Object.fromEntries(given) }
}
