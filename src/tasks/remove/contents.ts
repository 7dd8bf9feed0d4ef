/**
 * What an image is made of: its index, and each manifest in it.
 *
 * @module
 */
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isKnownManifestType } from '../../model/media-types.ts'
import { subjectsOf, successors } from '../../model/successors.ts'
import { acceptOf } from '../../registry/accept.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'

/** One manifest of an image. */
export interface Part {
  readonly descriptor: Descriptor
  /** The indexes that list it. */
  readonly listedBy: Digest[]
  /** What it says itself that it is attached to: that may be something else than the image. */
  attachedTo: readonly Digest[]
}

/**
 * The manifests of an image, itself first.
 *
 * Requests: `GET` of each manifest in it.
 *
 * @throws what one of them cannot be read for: what it lists, or is attached to, is not known then
 */
export async function contentsOf(
  repo: Repository,
  image: Descriptor,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, Part>> {
  const parts = new Map<Digest, Part>([
    [image.digest, { descriptor: image, listedBy: [], attachedTo: [] }],
  ])
  for (let level: readonly Descriptor[] = [image]; level.length > 0; ) {
    const read = await Promise.all(level.map((one) => readPart(repo, one, signal)))
    const next: Descriptor[] = []
    for (const [i, { entries, attachedTo }] of read.entries()) {
      const { digest } = level[i]!
      // The image is to be removed whatever it is attached to.
      if (digest !== image.digest) parts.get(digest)!.attachedTo = attachedTo
      for (const descriptor of entries) {
        const known = parts.get(descriptor.digest)
        if (known) known.listedBy.push(digest)
        else {
          parts.set(descriptor.digest, { descriptor, listedBy: [digest], attachedTo: [] })
          next.push(descriptor)
        }
      }
    }
    level = next
  }
  return parts
}

/** What a manifest lists, and what it is attached to. */
async function readPart(
  repo: Repository,
  part: Descriptor,
  signal: AbortSignal | undefined,
): Promise<{ readonly entries: readonly Descriptor[]; readonly attachedTo: readonly Digest[] }> {
  const stored = await findManifest(repo, part.digest, { accept: acceptOf(part), signal })
  if (!stored) return { entries: [], attachedTo: [] }
  const manifest = parseAnyManifest(stored.bytes, stored.descriptor.mediaType)
  const entries = successors(manifest).flatMap(({ role, descriptor }) =>
    role === 'manifest' && isKnownManifestType(descriptor.mediaType) ? [descriptor] : [],
  )
  return { entries, attachedTo: subjectsOf(manifest) }
}
