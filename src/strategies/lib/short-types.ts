/**
 * Short types of artifacts, as proposals D and F put them into tags and annotations ("sig", "sbom").
 *
 * @module
 */
import type { MediaType } from '../../model/media-types.ts'

const shortTypes: Readonly<Record<string, string>> = {
  'application/spdx+json': 'sbom',
  'text/spdx': 'sbom',
  'application/vnd.cyclonedx+json': 'sbom',
  'application/vnd.cyclonedx+xml': 'sbom',
  'application/vnd.syft+json': 'sbom',
  'application/vnd.in-toto+json': 'att',
  'application/vnd.dsse.envelope.v1+json': 'att',
  'application/vnd.cncf.notary.signature': 'sig',
  'application/vnd.dev.cosign.simplesigning.v1+json': 'sig',
  'application/vnd.dev.cosign.artifact.sig.v1+json': 'sig',
}

/**
 * The short type of an artifact: from the table, else the media type's own name: `example.note` of
 * `application/vnd.example.note+json`.
 */
export function shortTypeOf(artifactType: MediaType): string {
  return listed(artifactType) ?? artifactType.replace(/^[^/]*\/(vnd\.)?|\+[^+]*$/g, '')
}

/**
 * Whether an artifact of this type may have this short type. Only those of the table exclude each other: a publisher
 * can give any artifact any short type.
 */
export function mayBeShortFor(shortType: string, artifactType: MediaType): boolean {
  const own = listed(artifactType)
  return !own || own === shortType || !Object.values(shortTypes).includes(shortType)
}

const listed = (artifactType: MediaType): string | undefined =>
  Object.hasOwn(shortTypes, artifactType) ? shortTypes[artifactType] : undefined
