/**
 * How the changes of a layout get to disk. They are made in memory and saved together, so that many at
 * the same time cost one write of `index.json`.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { allEnded } from '../../platform/all-ended.ts'
import type { BlobFiles } from './blob-files.ts'
import type { HeldManifest } from './contents.ts'
import { replaceFile } from './durable.ts'
import { createSharedRun } from './shared-run.ts'
import type { Workplace } from './workplace.ts'

/** Changes that are in memory only. */
export interface Changes {
  /**
   * Notes that `index.json` has changed.
   *
   * @throws what a save failed with: what is in memory is no longer what is on disk
   */
  note(): void
  /** A manifest is new: its file is to be written. */
  manifestAdded(manifest: HeldManifest): void
  /** A manifest is gone: once no `index.json` names it its file is deleted, unless it is a blob too. */
  manifestDeleted(digest: Digest, isBlob: boolean): void
  /** A file is a blob now, and stays; true where it was to be deleted. */
  blobAdded(digest: Digest): boolean
  /** Whether a file is there only until the next save. */
  isDeleted(digest: Digest): boolean
  /** Resolves when all changes so far are on disk. */
  save(): Promise<void>
}

/** What changes are saved with. */
export interface ChangesOptions {
  readonly place: Workplace
  readonly files: BlobFiles
  /** The layout's directory. */
  readonly directory: string
  /** Path of `index.json`. */
  readonly indexPath: string
  /** Makes what follows from the changes so far, which is then saved with them. */
  readonly prepare: () => Promise<void>
  /** The text of `index.json` as it should be now. */
  readonly format: () => string
  /** Keeps the deletion of a file apart from what else is done with its digest. */
  readonly inTurn: (digest: Digest, task: () => Promise<void>) => Promise<void>
  /** Called when a save failed. */
  readonly onFailure: () => void
}

/** Starts without changes. */
export function createChanges(options: ChangesOptions): Changes {
  const { place, files, directory, indexPath, prepare, format, inTurn, onFailure } = options
  const added = new Map<Digest, HeldManifest>()
  const deleted = new Set<Digest>()
  let changes = 0
  let saved = 0
  let failure: { readonly error: unknown } | undefined

  async function write(): Promise<void> {
    if (failure) throw failure.error
    if (saved === changes) return
    await prepare()
    const upTo = changes
    const manifests = [...added.values()]
    const digests = [...deleted]
    const text = format()
    added.clear()
    try {
      // In this order: an index names only what is there.
      await allEnded(manifests.map(writeManifest))
      await replaceFile(indexPath, place.temporary(), new TextEncoder().encode(text))
      await place.syncDirectory(directory)
      await allEnded(digests.map(deleteNow))
    } catch (error) {
      failure = { error }
      onFailure()
      throw error
    }
    for (const manifest of manifests) manifest.bytes = undefined
    saved = upTo
  }
  function writeManifest({ digest, bytes }: HeldManifest): Promise<void> {
    return files.add(digest, (path) => replaceFile(path, place.temporary(), bytes!))
  }
  function deleteNow(digest: Digest): Promise<void> {
    return inTurn(digest, async () => {
      if (deleted.delete(digest)) await files.delete(digest)
    })
  }
  return {
    note() {
      if (failure) throw failure.error
      changes += 1
    },
    manifestAdded(manifest) {
      deleted.delete(manifest.digest)
      added.set(manifest.digest, manifest)
    },
    manifestDeleted(digest, isBlob) {
      added.delete(digest)
      if (!isBlob) deleted.add(digest)
    },
    blobAdded: (digest) => deleted.delete(digest),
    isDeleted: (digest) => deleted.has(digest),
    save: createSharedRun(write),
  }
}
