/**
 * What an image is made of: its index, and each manifest in it.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { indexEntries } from '../../model/index-entries.ts'
import { isIndexType } from '../../model/manifest.ts'
import { isKnownManifestType } from '../../model/media-types.ts'
import { acceptOf } from '../../registry/accept.ts'
import { getManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'

/** One manifest of an image. */
export interface Part {
  readonly descriptor: Descriptor
  /** The indexes that list it. */
  readonly listedBy: Digest[]
}

/**
 * The manifests of an image, itself first.
 *
 * Requests: `GET` of each index in it.
 *
 * @throws what an index cannot be read for: what it lists is not known then
 */
export async function contentsOf(
  repo: Repository,
  image: Descriptor,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, Part>> {
  const parts = new Map<Digest, Part>([[image.digest, { descriptor: image, listedBy: [] }]])
  for (let level: readonly Descriptor[] = [image]; level.length > 0; ) {
    const indexes = level.filter(({ mediaType }) => isIndexType(mediaType))
    const lists = await Promise.all(indexes.map((index) => entriesOf(repo, index, signal)))
    const next: Descriptor[] = []
    lists.forEach((entries, i) => {
      for (const descriptor of entries) {
        const known = parts.get(descriptor.digest)
        if (known) known.listedBy.push(indexes[i]!.digest)
        else {
          parts.set(descriptor.digest, { descriptor, listedBy: [indexes[i]!.digest] })
          next.push(descriptor)
        }
      }
    })
    level = next
  }
  return parts
}

async function entriesOf(
  repo: Repository,
  index: Descriptor,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  try {
    const { bytes, descriptor } = await getManifest(repo, index.digest, {
      accept: acceptOf(index),
      signal,
    })
    const { entries } = indexEntries(bytes, descriptor.mediaType)
    return entries.filter(({ mediaType }) => isKnownManifestType(mediaType))
  } catch (error) {
    if (isOcilinkError(error, 'NOT_FOUND')) return []
    throw error
  }
}
