/**
 * Annotations by which the proposals of 2022 and BuildKit link, on manifests and on entries of an index.
 *
 * @module
 */

/** What an entry refers to (proposal D, "JSON Schema"). */
export const REFERENCE = 'org.opencontainers.reference'
/** The same in proposal F, whose index is at the tag that OCI 1.1 uses. */
export const DIGEST_REFERENCE = 'org.opencontainers.reference.digest'
/** Short type of an artifact, such as `sbom` (proposals D and F). */
export const REFERENCE_TYPE = 'org.opencontainers.reference.type'
/** What an artifact is, for people (proposal F). */
export const REFERENCE_DESCRIPTION = 'org.opencontainers.reference.description'
/** On an entry of the index: that it is an attestation (moby/buildkit, "Attestation Storage"). */
export const ATTESTATION = 'vnd.docker.reference.type'
