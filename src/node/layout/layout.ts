/**
 * One repository's layout, open: what is in memory, and what is done to its files.
 *
 * @module
 */
import { LARGEST_MANIFEST } from '../../box/layout-document.ts'
import type { Catalog } from '../../embedded/storage/catalog.ts'
import { readStored } from '../../embedded/storage/links.ts'
import type { Link, StoredManifest } from '../../embedded/storage/storage.ts'
import { ContentError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { createTurns } from '../../platform/turns.ts'
import { blobFiles } from './blob-files.ts'
import { createChanges } from './changes.ts'
import { createContents } from './contents.ts'
import type { FoundLayout } from './directory.ts'
import { readWhole } from './durable.ts'
import { indexPath } from './index-json.ts'
import { loadManifests } from './load.ts'
import { type BlobFile, findBlobFile } from './read-blob.ts'
import { createReferrersTags, noReferrersTags } from './referrers-tags.ts'
import type { Workplace } from './workplace.ts'

/** A layout that is open. */
export interface Layout {
  /** Manifests, tags and links; changed by this layout only. */
  readonly catalog: Pick<Catalog<unknown>, 'findTag' | 'listTags' | 'listReferrers'>
  findBlob(digest: Digest): Promise<BlobFile | undefined>
  /** Adds a blob by a function that moves, or links, a file to the path that it is given. */
  addBlob(digest: Digest, moveTo: (path: string) => Promise<void>): Promise<void>
  deleteBlob(digest: Digest): Promise<boolean>
  findManifest(digest: Digest): Promise<StoredManifest | undefined>
  headManifest(digest: Digest): Promise<Descriptor | undefined>
  putManifest(
    manifest: StoredManifest,
    tags: readonly string[],
    links: readonly Link[],
  ): Promise<void>
  deleteManifest(digest: Digest): Promise<boolean>
  deleteTag(tag: string): boolean
  /** Resolves when all changes so far are on disk. After a failure the layout is of no more use. */
  save(): Promise<void>
}

/**
 * Opens a layout whose index was read.
 *
 * @param tagged - whether to keep the referrers tags of what refers to something
 * @param onFailure - called when changes could not be saved: what is in memory is not what is on disk
 */
export async function openLayout(
  place: Workplace,
  { directory, index }: FoundLayout,
  tagged: boolean,
  onFailure: () => void,
): Promise<Layout> {
  const loaded = await loadManifests(directory, index.entries)
  const contents = createContents(index, loaded)
  const { catalog } = contents
  const files = blobFiles(directory, place)
  // Two requests for one digest take turns: its file may be a blob, a manifest, or both.
  const inTurn = createTurns()
  const changes = createChanges({
    place,
    files,
    directory,
    indexPath: indexPath(directory),
    prepare: () => referrersTags.renew(),
    format: contents.format,
    inTurn,
    onFailure,
  })
  const referrersTags = tagged
    ? createReferrersTags({
        contents,
        changes,
        read: async (digest) => (await read(digest))?.bytes,
      })
    : noReferrersTags
  // What was saved without them, by another tool or before a crash.
  for (const { links } of loaded) referrersTags.note(links)

  async function read(digest: Digest): Promise<StoredManifest | undefined> {
    const held = catalog.find(digest)
    if (!held) return undefined
    const bytes = held.bytes ?? (await readWhole(files.pathOf(digest), LARGEST_MANIFEST))
    return bytes && { digest, mediaType: held.mediaType, bytes }
  }
  async function findBlob(digest: Digest): Promise<BlobFile | undefined> {
    const held = catalog.find(digest)
    if (held ? !held.alsoBlob : changes.isDeleted(digest)) return undefined
    return findBlobFile(files.pathOf(digest))
  }
  return {
    catalog,
    findBlob,
    async addBlob(digest, moveTo) {
      const mustSave = await inTurn(digest, async () => {
        await files.add(digest, moveTo)
        const held = catalog.find(digest)
        if (held && !held.alsoBlob) {
          changes.note()
          contents.setBlob(held, true)
        }
        // On disk it may still be a manifest, and no blob.
        return changes.blobAdded(digest) || held !== undefined
      })
      // Not in this digest's turn, for which a save that deletes its file would wait.
      if (mustSave) await changes.save()
    },
    async deleteBlob(digest) {
      const found = await inTurn(digest, async () => {
        if (!(await findBlob(digest))) return undefined
        const held = catalog.find(digest)
        if (held) {
          changes.note()
          contents.setBlob(held, false)
          return 'a manifest too'
        }
        await files.delete(digest)
        await files.sync(digest)
        return 'a blob'
      })
      if (found === 'a manifest too') await changes.save()
      return found !== undefined
    },
    findManifest: read,
    async headManifest(digest) {
      const held = catalog.find(digest)
      if (!held) return undefined
      const { mediaType, size } = held
      const found =
        held.bytes !== undefined || (await findBlobFile(files.pathOf(digest)))?.size === size
      return found ? { mediaType, digest, size } : undefined
    },
    putManifest: (manifest, tags, links) =>
      inTurn(manifest.digest, async () => {
        const { digest, mediaType, bytes } = manifest
        if (bytes.byteLength > LARGEST_MANIFEST) throw tooLarge(bytes.byteLength)
        const before = catalog.find(digest)
        const alsoBlob = before?.alsoBlob ?? (await findBlob(digest)) !== undefined
        changes.note()
        const more = before?.more ?? {}
        const held = { digest, mediaType, size: bytes.byteLength, alsoBlob, more, bytes }
        changes.manifestAdded(held)
        contents.put(held, tags, links)
        referrersTags.note(links)
      }),
    deleteManifest: (digest) =>
      inTurn(digest, async () => {
        const held = catalog.find(digest)
        if (!held) return false
        const stored = tagged ? await read(digest) : undefined
        changes.note()
        changes.manifestDeleted(digest, held.alsoBlob)
        if (stored) referrersTags.note(readStored(stored).links)
        return contents.delete(digest)
      }),
    deleteTag(tag) {
      if (catalog.findTag(tag) === undefined) return false
      changes.note()
      return contents.deleteTag(tag)
    },
    save: changes.save,
  }
}

function tooLarge(size: number): ContentError {
  return new ContentError('TOO_LARGE', 'manifest in bytes', LARGEST_MANIFEST, size)
}
