/**
 * The manifests and tags of a layout that is open: changed in memory, and on disk with the next save.
 *
 * @module
 */
import { LARGEST_MANIFEST } from '../../box/layout-document.ts'
import { readStored } from '../../embedded/storage/links.ts'
import type { Link, StoredManifest } from '../../embedded/storage/storage.ts'
import { ContentError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { BlobFiles } from './blob-files.ts'
import type { Contents } from './contents.ts'
import type { LayoutBlobs, LayoutParts } from './layout-blobs.ts'
import type { ReferrersTags } from './referrers-tags.ts'

/** What is done with manifests and tags. */
export interface LayoutManifests {
  findManifest(digest: Digest): Promise<StoredManifest | undefined>
  headManifest(digest: Digest): Promise<Descriptor | undefined>
  putManifest(
    manifest: StoredManifest,
    tags: readonly string[],
    links: readonly Link[],
  ): Promise<void>
  deleteManifest(digest: Digest): Promise<boolean>
  deleteTag(tag: string): boolean
}

/** Reads a manifest; undefined for none. */
type ReadManifest = (digest: Digest) => Promise<StoredManifest | undefined>

/** Reads manifests, from memory until they are saved. */
export function manifestReader({ catalog }: Contents, files: BlobFiles): ReadManifest {
  return async (digest) => {
    const held = catalog.find(digest)
    if (!held) return undefined
    const bytes = held.bytes ?? (await files.read(digest, LARGEST_MANIFEST))
    return bytes && { digest, mediaType: held.mediaType, bytes }
  }
}

interface ManifestParts extends LayoutParts {
  readonly read: ReadManifest
  readonly referrersTags: ReferrersTags
  /** Whether there are referrers tags to keep. */
  readonly tagged: boolean
  readonly findBlob: LayoutBlobs['findBlob']
}

/** The manifests of a layout. */
export function layoutManifests(parts: ManifestParts): LayoutManifests {
  const { contents, files, changes, inTurn, read, referrersTags } = parts
  const { catalog } = contents

  async function put(
    { digest, mediaType, bytes }: StoredManifest,
    tags: readonly string[],
    links: readonly Link[],
  ): Promise<void> {
    const size = bytes.byteLength
    if (size > LARGEST_MANIFEST) {
      throw new ContentError('TOO_LARGE', 'manifest in bytes', LARGEST_MANIFEST, size)
    }
    const before = catalog.find(digest)
    const alsoBlob = before?.alsoBlob ?? (await parts.findBlob(digest)) !== undefined
    changes.note()
    const held = { digest, mediaType, size, alsoBlob, more: before?.more ?? {}, bytes }
    changes.manifestAdded(held)
    contents.put(held, tags, links)
    referrersTags.note(links)
  }
  async function remove(digest: Digest): Promise<boolean> {
    const held = catalog.find(digest)
    if (!held) return false
    const stored = parts.tagged ? await read(digest) : undefined
    changes.note()
    changes.manifestDeleted(digest, held.alsoBlob)
    if (stored) referrersTags.note(readStored(stored).links)
    return contents.delete(digest)
  }
  return {
    findManifest: read,
    async headManifest(digest) {
      const held = catalog.find(digest)
      if (!held) return undefined
      const { mediaType, size } = held
      const found = held.bytes !== undefined || (await files.sizeOf(digest)) === size
      return found ? { mediaType, digest, size } : undefined
    },
    putManifest: (manifest, tags, links) =>
      inTurn(manifest.digest, () => put(manifest, tags, links)),
    deleteManifest: (digest) => inTurn(digest, () => remove(digest)),
    deleteTag(tag) {
      if (catalog.findTag(tag) === undefined) return false
      changes.note()
      return contents.deleteTag(tag)
    },
  }
}
