/**
 * The lists of artifacts in proposal A's dialects (PROPOSAL_A.md, "Artifact Referrers API results"; ORAS
 * artifacts-spec; distribution-spec 1.1.0-rc1).
 *
 * @module
 */
import { parseDescriptorList } from '../../model/descriptor-list.ts'
import { artifactsPath, orasDraftPath } from '../../registry/proposal-endpoints.ts'
import { type ListApi, referrersApi } from '../kept/list-api.ts'
import type { Via } from '../strategy.ts'

/** Name of the strategy. */
export const NAME = 'artifact-manifest'

/** A dialect's list. */
export interface ArtifactList {
  readonly api: ListApi
  readonly via: Via
  /** Whether it holds all there is; ORAS's drafts and the release candidates could be side by side. */
  readonly whole: boolean
}

/** Every list there was, in the order of preference. */
export const lists: readonly [ArtifactList, ArtifactList, ...ArtifactList[]] = [
  {
    via: { strategy: NAME, source: 'artifacts-api', kept: 'registry' },
    whole: true,
    api: {
      capability: 'artifactsApi',
      path: (name, digest, type) => artifactsPath(name, '_oci', digest, type),
      json: true,
      parse: parseDescriptorList,
    },
  },
  {
    via: { strategy: NAME, source: 'oras-artifacts-api', kept: 'registry' },
    whole: true,
    api: {
      capability: 'orasArtifactsApi',
      path: (name, digest, type) => artifactsPath(name, '_oras', digest, type),
      json: true,
      parse: parseDescriptorList,
    },
  },
  {
    via: { strategy: NAME, source: 'oras-draft-api', kept: 'registry' },
    whole: false,
    // A 404 without a body is how zot answers where there is nothing yet.
    api: {
      capability: 'orasDraftApi',
      path: orasDraftPath,
      json: true,
      quiet: true,
      parse: parseDescriptorList,
    },
  },
  {
    via: { strategy: NAME, source: 'referrers-api', kept: 'registry' },
    whole: false,
    api: referrersApi,
  },
]
