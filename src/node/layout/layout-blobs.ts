/**
 * The blobs of a layout that is open. One may be a manifest too: then both have the same file, and `index.json` says so.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { createTurns } from '../../platform/turns.ts'
import type { BlobFiles } from './blob-files.ts'
import type { Changes } from './changes.ts'
import type { Contents } from './contents.ts'
import type { BlobFile } from './read-blob.ts'

/** What is done with blobs. */
export interface LayoutBlobs {
  findBlob(digest: Digest): Promise<BlobFile | undefined>
  /** Adds a blob by a function that moves, or links, a file to the path that it is given. */
  addBlob(digest: Digest, moveTo: (path: string) => Promise<void>): Promise<void>
  deleteBlob(digest: Digest): Promise<boolean>
}

/** What the parts of an open layout share. */
export interface LayoutParts {
  readonly contents: Contents
  readonly files: BlobFiles
  readonly changes: Changes
  /** Keeps apart what is done with one digest. */
  readonly inTurn: ReturnType<typeof createTurns>
}

/** The blobs of a layout. */
export function layoutBlobs({ contents, files, changes, inTurn }: LayoutParts): LayoutBlobs {
  const { catalog } = contents

  async function findBlob(digest: Digest): Promise<BlobFile | undefined> {
    const held = catalog.find(digest)
    if (held ? !held.alsoBlob : changes.isDeleted(digest)) return undefined
    return files.find(digest)
  }
  /** Whether that is to be saved. */
  async function add(digest: Digest, moveTo: (path: string) => Promise<void>): Promise<boolean> {
    await files.add(digest, moveTo)
    const held = catalog.find(digest)
    if (held && !held.alsoBlob) {
      changes.note()
      contents.setBlob(held, true)
    }
    // On disk it may still be a manifest, and no blob.
    return changes.blobAdded(digest) || held !== undefined
  }
  async function remove(digest: Digest): Promise<'a manifest too' | 'a blob' | undefined> {
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
  }
  return {
    findBlob,
    async addBlob(digest, moveTo) {
      const mustSave = await inTurn(digest, () => add(digest, moveTo))
      // Not in this digest's turn, for which a save that deletes its file would wait.
      if (mustSave) await changes.save()
    },
    async deleteBlob(digest) {
      const found = await inTurn(digest, () => remove(digest))
      if (found === 'a manifest too') await changes.save()
      return found !== undefined
    },
  }
}
