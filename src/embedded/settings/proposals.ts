/**
 * Which of the Working Group's proposals a registry implements, and how: data that the handlers read.
 *
 * @module
 */
import type { ArtifactManifest } from '../../model/artifact-manifest.ts'
import { ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST } from '../../model/media-types.ts'

/** Proposal A: artifact manifests, and the lists of those with a subject. */
export interface ArtifactSettings {
  /** Artifact manifests that can be pushed; the lists of others stay empty. */
  readonly types: readonly ArtifactManifest['mediaType'][]
  /** Whether one must say its type. */
  readonly requireType: boolean
  /** Whether one must have a subject. */
  readonly requireSubject: boolean
  /** What becomes of one whose subject is not there. */
  readonly missingSubject: 'reject' | 'accept'
  /**
   * Lists: `_oci/artifacts/referrers`, `_oras/artifacts/referrers`, and ORAS's drafts' under
   * `/oras/artifacts/v1`.
   */
  readonly lists: readonly ('oci' | 'oras' | 'oras-draft')[]
  /** Key of the list at `_oras/artifacts/referrers`. */
  readonly orasKey: 'referrers' | 'references'
  /** Newest first, or in the order of digests. */
  readonly order: 'newest' | 'digest'
  /** Whether `artifactType` is heeded; nothing in the answer says so. */
  readonly filter: boolean
  /** Whether `n` is heeded, and a long list goes in pages. */
  readonly paging: boolean
  /** Entries on a page, at most and by default. */
  readonly pageSize: number
  /** Discovery of extensions: as specified, as the first builds answered it, or none. */
  readonly discovery: 'specified' | 'first' | 'none'
}

/** Proposal B: the `reference` field and its list. */
export interface ReferenceSettings {
  /** Whether the field is checked, and listed at `/v2/<name>/manifests/<ref>/references`. */
  readonly api: boolean
}

/** Proposal C: node manifests and everything under `/v3/`. */
export interface NodeSettings {
  readonly api: boolean
}

/** What of the proposals a registry implements. */
export interface ProposalSettings {
  readonly artifacts: ArtifactSettings
  readonly references: ReferenceSettings
  readonly nodes: NodeSettings
}

/** All of proposal A, with ORAS's paths beside its own. */
export const allOfArtifacts: ArtifactSettings = {
  types: [ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST],
  requireType: true,
  requireSubject: false,
  missingSubject: 'reject',
  lists: ['oci', 'oras', 'oras-draft'],
  orasKey: 'referrers',
  order: 'newest',
  filter: true,
  paging: true,
  pageSize: 1000,
  discovery: 'specified',
}

/** Every proposal. */
export const allProposals: ProposalSettings = {
  artifacts: allOfArtifacts,
  references: { api: true },
  nodes: { api: true },
}
