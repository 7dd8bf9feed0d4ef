/**
 * The subject itself, where it may be an index that lists its referrers.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import {
  ARTIFACT_MANIFEST,
  DOCKER_MANIFEST,
  IMAGE_MANIFEST,
  type MediaType,
  ORAS_ARTIFACT_MANIFEST,
} from '../../model/media-types.ts'
import { findNamed } from '../../registry/find-named.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { FindOptions } from '../strategy.ts'

/** Manifests that list no manifests (image-spec 1.1, manifest.md; PROPOSAL_A.md). */
const withoutEntries: readonly (MediaType | undefined)[] = [
  IMAGE_MANIFEST,
  DOCKER_MANIFEST,
  ARTIFACT_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
]

/**
 * The subject's manifest; `undefined` where there is none, or where its type says that it lists no manifests.
 *
 * Requests: `GET` of it, unless its type is known and no index's.
 */
export async function findSubject(
  repo: Repository,
  subject: Digest,
  { subjectType, signal }: FindOptions,
): Promise<StoredManifest | undefined> {
  return withoutEntries.includes(subjectType) ? undefined : findNamed(repo, subject, { signal })
}
