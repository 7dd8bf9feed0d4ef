/**
 * Short types of artifacts, as the proposals put them into tags and annotations ("sig", "sbom"), and
 * the annotations' names.
 *
 * @module
 */
import type { MediaType } from '../model/media-types.ts'

/** On an index entry of proposal D: what its artifact refers to. */
export const REFERENCE = 'org.opencontainers.reference'
/** Short type of an artifact (proposals D and F, "JSON Schema"). */
export const REFERENCE_TYPE = 'org.opencontainers.reference.type'

/** The short types that have a meaning, and the media types that are of each. */
const known: readonly (readonly [short: string, types: RegExp])[] = [
  ['sig', /cosign\.(simplesigning|artifact\.sig)\b|notary\.signature$/],
  ['att', /dsse|in-toto|cosign\.artifact\.att\b/],
  ['sbom', /spdx|cyclonedx|syft|cosign\.artifact\.sbom\b/],
]

/** `sig`, `att` and `sbom`. */
export const knownShortTypes: readonly string[] = /* @__PURE__ */ known.map(([short]) => short)

/** Which of {@link knownShortTypes} a media type is of. */
export function knownShortTypeOf(type: MediaType): string | undefined {
  return known.find(([, types]) => types.test(type))?.[0]
}

/**
 * The short type of an artifact: a known one, else the media type's own name: `example.note` of
 * `application/vnd.example.note+json`.
 */
export function shortTypeOf(artifactType: MediaType): string {
  return knownShortTypeOf(artifactType) ?? artifactType.replace(/^[^/]*\/(vnd\.)?|\+[^+]*$/g, '')
}
