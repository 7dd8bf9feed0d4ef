/**
 * Whether a registry's `?artifactType=` can be believed (distribution-spec 1.1, "Listing Referrers").
 * Some list and filter by the type of the config, and what they leave out looks as if it were not
 * there. Called by detect.ts; _referrers-api.ts goes by what is found.
 *
 * @module
 */
import { parseManifest } from './model/manifest.ts'
import { EMPTY_JSON, IMAGE_CONFIG, IMAGE_MANIFEST } from './model/media-types.ts'
import { findManifest } from './registry/manifests.ts'
import type { Repository } from './registry/repository.ts'
import type { Referrer } from './strategies/strategy.ts'

/**
 * Looks at what a registry lists, and into one image of it. Proof is an image whose artifactType is not
 * the type of its config, and which of the two is listed: artifacts of OCI 1.0 have but the one.
 *
 * Requests: `GET` of one manifest, unless the list itself tells.
 */
export async function learnTypeFilter(
  repo: Repository,
  listed: readonly Referrer[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { capabilities } = repo
  const images = listed.filter(({ mediaType, via }) => {
    return mediaType === IMAGE_MANIFEST && via.some(({ source }) => source === 'referrers-api')
  })
  if (capabilities.typeFilter !== 'unknown') return
  // An artifact has the empty config so as not to have its type there.
  if (images.some(({ artifactType }) => artifactType === EMPTY_JSON)) {
    capabilities.typeFilter = 'unsupported'
    return
  }
  const sample = images.find(({ artifactType }) => artifactType && artifactType !== IMAGE_CONFIG)
  const stored = sample && (await findManifest(repo, sample.digest, { signal }))
  const manifest = stored && parseManifest(stored.bytes, stored.descriptor.mediaType)
  if (manifest?.mediaType !== IMAGE_MANIFEST) return
  const { artifactType, config } = manifest
  if (!artifactType || artifactType === config.mediaType) return
  capabilities.typeFilter = sample?.artifactType === artifactType ? 'supported' : 'unsupported'
}
