/**
 * Whether a registry's `?artifactType=` filters correctly (distribution-spec 1.1, "Listing Referrers"). Harbor before
 * 2.11 and zot 1.4 filter by the type of the config, so that most artifacts of OCI 1.1 look as if they did not exist.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { parseManifest } from '../../model/manifest.ts'
import { EMPTY_JSON, IMAGE_CONFIG, IMAGE_MANIFEST } from '../../model/media-types.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'

/**
 * Compares a list with one image manifest in it, and sets `capabilities.typeFilter`. Only an image whose
 * `artifactType` is not the type of its config proves anything: the list has the one or the other. A manifest that
 * cannot be read proves nothing.
 *
 * Requests: `GET` of one manifest; none where the list is proof enough, or the capability is known already.
 *
 * @returns whether the filter was found to be correct now
 */
export async function learnTypeFilter(
  repo: Repository,
  listed: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { capabilities } = repo
  if (capabilities.typeFilter !== 'unknown') return false
  const images = listed.filter(({ mediaType }) => mediaType === IMAGE_MANIFEST)
  // The type of an empty config is no type of an artifact.
  if (images.some(({ artifactType }) => artifactType === EMPTY_JSON)) {
    capabilities.typeFilter = 'unsupported'
    return false
  }
  const sample = images.find(({ artifactType }) => artifactType !== IMAGE_CONFIG)
  // A filter would leave out entries without a type, such as indexes, whatever their own type is.
  if (!sample || listed.some(({ artifactType }) => !artifactType)) return false
  try {
    const stored = await findManifest(repo, sample.digest, { signal })
    const manifest = stored && parseManifest(stored.bytes, stored.descriptor.mediaType)
    if (manifest?.mediaType !== IMAGE_MANIFEST) return false
    const { artifactType, config } = manifest
    if (!artifactType || artifactType === config.mediaType) return false
    const known = sample.artifactType === artifactType
    capabilities.typeFilter = known ? 'supported' : 'unsupported'
    return known
  } catch {
    signal?.throwIfAborted()
    return false
  }
}
