/**
 * Media types of manifests and well-known blobs (image-spec 1.1, "Media Types").
 *
 * @module
 */

/** A media type: known spellings for editors, open for everything else. */
export type MediaType =
  | 'application/vnd.oci.image.manifest.v1+json'
  | 'application/vnd.oci.image.index.v1+json'
  | 'application/vnd.docker.distribution.manifest.v2+json'
  | 'application/vnd.docker.distribution.manifest.list.v2+json'
  | 'application/vnd.oci.empty.v1+json'
  | 'application/vnd.oci.artifact.manifest.v1+json'
  | 'application/vnd.cncf.oras.artifact.manifest.v1+json'
  | 'application/vnd.oci.node.v1+json'
  | (string & {})

/** `application/vnd.oci.image.manifest.v1+json` */
export const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** `application/vnd.oci.image.index.v1+json` */
export const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json'
/** Docker's image manifest, schema 2. */
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
/** Docker's manifest list. */
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
/** Artifact manifest of proposal A, and of OCI 1.1's release candidates. */
export const ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json'
/** Artifact manifest of ORAS. */
export const ORAS_ARTIFACT_MANIFEST = 'application/vnd.cncf.oras.artifact.manifest.v1+json'
/** Node manifest of proposal C. */
export const NODE_MANIFEST = 'application/vnd.oci.node.v1+json'
/** Artifact type of BuildKit's attestations, which stand in the index of an image. */
export const ATTESTATION_MANIFEST = 'application/vnd.docker.attestation.manifest.v1+json'
/** The empty descriptor's type: the two bytes `{}`. */
export const EMPTY_JSON = 'application/vnd.oci.empty.v1+json'
/** An image's own configuration. */
export const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json'

// RFC 6838 section 4.2: type and subtype names, 1 to 127 characters each.
const mediaTypePattern =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/

/** Types of all manifests that this package knows, whatever can read them. */
export const MANIFEST_TYPES: readonly string[] = [
  IMAGE_MANIFEST,
  IMAGE_INDEX,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  ARTIFACT_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
  NODE_MANIFEST,
]

/** Whether a media type is one of these: what such a descriptor names is a manifest, not a blob. */
export function isKnownManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType)
}

/** Whether `text` is `type/subtype` as RFC 6838 spells it, without parameters. */
export function isMediaType(text: unknown): text is MediaType {
  return typeof text === 'string' && mediaTypePattern.test(text)
}

/** A Content-Type without its parameters, in lower case; `''` when there is none. */
export function baseType(contentType: string | null | undefined): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
}
