/**
 * Some platforms of an index.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isIndexType, type Manifest } from '../../model/manifest.ts'
import { successors } from '../../model/successors.ts'
import { isLinkEntry } from '../../strategies/marks.ts'
import type { Job } from './job.ts'

/** What is copied of an image. */
export interface Chosen {
  readonly target: string | Descriptor
  /** The index that one platform is taken from. */
  readonly index?: Digest | undefined
  readonly leftOut: Job['leftOut']
}

/** What can be done where an index is refused of which some platforms are left out. */
export function sparseHint(
  { leftOut }: Pick<Job, 'leftOut'>,
  manifest: Manifest | undefined,
): string | undefined {
  const left = manifest && successors(manifest).some(({ descriptor }) => leftOut(descriptor))
  return left
    ? 'A registry may be one that takes no index without all of its manifests: copy one platform, or leave "platforms" out'
    : undefined
}

/**
 * Finds the manifests of platforms. Of one platform its manifest is copied, by itself; of several the index, without
 * the others. What the index says about its platforms, as BuildKit's do, stays in it.
 *
 * @throws `NoMatchError` when there is no such platform
 */
export async function choosePlatforms(
  { from, signal }: Job,
  target: string | Descriptor,
  platforms: readonly string[] | undefined,
): Promise<Chosen> {
  if (!platforms) return { target, leftOut: () => false }
  const { onDemand } = await import('../lib/on-demand.ts')
  const found = await Promise.all(
    platforms.map((platform) => onDemand.findPlatform(from, target, platform, signal)),
  )
  const chosen = new Set(found.map(({ manifest }) => manifest.digest))
  const [{ manifest, index }] = found as [(typeof found)[0]]
  if (chosen.size === 1) {
    const { mediaType, digest, size } = manifest
    return { target: { mediaType, digest, size }, index: index?.digest, leftOut: () => false }
  }
  return {
    target,
    leftOut: (entry) =>
      !chosen.has(entry.digest) && !isIndexType(entry.mediaType) && !isLinkEntry(entry),
  }
}
