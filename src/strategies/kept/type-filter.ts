/**
 * Whether a registry's `?artifactType=` can be believed (distribution-spec 1.1, "Listing Referrers").
 * Some list and filter by the type of the config, and what they leave out looks as if it were not
 * there. Loaded by _referrers-api.ts for a list of several pages, and by detect.ts.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { parseManifest } from '../../model/manifest.ts'
import { EMPTY_JSON, IMAGE_CONFIG, IMAGE_MANIFEST } from '../../model/media-types.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'

/**
 * Looks at what a registry lists, and into one image of it. Proof is an image whose artifactType is not
 * the type of its config, and which of the two is listed: artifacts of OCI 1.0 have but the one. What
 * was found out is in `capabilities.typeFilter`; a manifest that cannot be read says nothing.
 *
 * Requests: `GET` of one manifest, unless the list itself tells, or it is known already.
 *
 * @returns whether it was found out now that the filter can be believed
 */
export async function learnTypeFilter(
  repo: Repository,
  listed: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { capabilities } = repo
  if (capabilities.typeFilter !== 'unknown') return false
  const images = listed.filter(({ mediaType }) => mediaType === IMAGE_MANIFEST)
  // An artifact has the empty config so as not to have its type there.
  if (images.some(({ artifactType }) => artifactType === EMPTY_JSON)) {
    capabilities.typeFilter = 'unsupported'
    return false
  }
  const sample = images.find(({ artifactType }) => artifactType !== IMAGE_CONFIG)
  // What has no type in the list, such as an index, would be left out whatever its own is.
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
