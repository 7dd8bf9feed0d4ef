/**
 * One repository's layout: what its `index.json` says, in memory, and how changes of that get to disk.
 * Changes are made in memory and then saved together, so that many at once cost one write.
 *
 * @module
 */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Catalog, createCatalog } from '../../embedded/storage/catalog.ts'
import type { Link, StoredManifest } from '../../embedded/storage/storage.ts'
import { InvalidInputError } from '../../errors.ts'
import { algorithmOf, type Digest } from '../../model/digest.ts'
import { createTurns } from '../../platform/turns.ts'
import { type BlobFile, findBlobFile } from './blob-files.ts'
import { createShared, readWhole, replaceFile } from './durable.ts'
import {
  formatIndex,
  indexPath,
  type JsonObject,
  LARGEST_MANIFEST,
  type LayoutEntry,
  type LayoutIndex,
} from './layout-index.ts'
import { loadManifests } from './load.ts'
import { blobPath, makeDirectories } from './paths.ts'

/** What the layouts of one storage share. */
export interface Workplace {
  /** The storage's directory; its real path. */
  readonly root: string
  /** A path for a temporary file, each time another. */
  temporary(): string
  /** Makes a directory's entries last. */
  syncDirectory(path: string): Promise<void>
}

/** A layout that is open. */
export interface Layout {
  /** Manifests, tags and links; changed by this layout only. */
  readonly catalog: Pick<Catalog<unknown>, 'findTag' | 'listTags' | 'listReferrers'>
  findBlob(digest: Digest): Promise<BlobFile | undefined>
  /** Adds a blob by a function that moves, or links, a file to the path that it is given. */
  addBlob(digest: Digest, moveTo: (path: string) => Promise<void>): Promise<void>
  deleteBlob(digest: Digest): Promise<boolean>
  findManifest(digest: Digest): Promise<StoredManifest | undefined>
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

/** A manifest, as it is held in memory. */
interface Held extends LayoutEntry {
  alsoBlob: boolean
  /** Until they are on disk. */
  bytes: Uint8Array<ArrayBuffer> | undefined
}

/**
 * Loads the layout of a directory whose index was read.
 *
 * @param onFailure - called when changes could not be saved: what is in memory is not what is on disk
 */
export async function loadLayout(
  place: Workplace,
  directory: string,
  index: LayoutIndex,
  onFailure: () => void,
): Promise<Layout> {
  const catalog = createCatalog<Held>()
  const moreOfTags = new Map<string, JsonObject>()
  let { foreign } = index
  // Two requests for one digest take turns: its file may be a blob, a manifest, or both.
  const inTurn = createTurns()
  /** Manifests whose bytes are in memory only. */
  const unwritten = new Map<Digest, Held>()
  /** Deleted manifests whose files are still there: no index.json may name what is not. */
  const doomed = new Set<Digest>()
  let changes = 0
  let saved = 0
  let failure: { readonly error: unknown } | undefined

  const pathOf = (digest: Digest) => blobPath(directory, digest)
  const syncDirectoryOf = (digest: Digest) => place.syncDirectory(dirname(pathOf(digest)))
  const made = new Set<string>()
  async function makeDirectoryFor(digest: Digest): Promise<void> {
    const algorithm = algorithmOf(digest)
    if (made.has(algorithm)) return
    await makeDirectories(directory, ['blobs', algorithm], place.syncDirectory)
    made.add(algorithm)
  }

  for (const { entry, links } of await loadManifests(directory, index.entries)) {
    catalog.put(entry.digest, { ...entry, bytes: undefined }, [], links)
  }
  for (const [tag, { digest, more }] of index.tags) {
    if (catalog.putTag(tag, digest)) moreOfTags.set(tag, more)
  }

  function change(): void {
    if (failure) throw failure.error
    changes += 1
  }

  /** An entry that is kept as it is must not bring back what was deleted. */
  function forget(what: { readonly digest?: Digest; readonly tags?: readonly string[] }): void {
    for (const tag of what.tags ?? []) moreOfTags.delete(tag)
    foreign = foreign.filter(
      ({ digest, tag }) =>
        (digest === undefined || digest !== what.digest) &&
        (tag === undefined || !what.tags?.includes(tag)),
    )
  }

  async function write(): Promise<void> {
    if (failure) throw failure.error
    if (saved === changes) return
    const upTo = changes
    const added = [...unwritten.values()]
    const removed = [...doomed]
    unwritten.clear()
    const text = formatIndex({
      ...index,
      entries: Array.from(catalog.entries(), ([, held]) => held),
      tagsOf: (digest) =>
        Array.from(catalog.tagsOf(digest), (tag) => [tag, moreOfTags.get(tag) ?? {}] as const),
      foreign,
    })
    try {
      // In this order: an index names only what is there.
      await all(added.map(writeManifest))
      await replaceFile(indexPath(directory), place.temporary(), new TextEncoder().encode(text))
      await place.syncDirectory(directory)
      await all(removed.map(removeFile))
    } catch (error) {
      failure = { error }
      onFailure()
      throw error
    }
    for (const held of added) held.bytes = undefined
    saved = upTo
  }
  const save = createShared(write)

  async function writeManifest({ digest, bytes }: Held): Promise<void> {
    await makeDirectoryFor(digest)
    await replaceFile(pathOf(digest), place.temporary(), bytes!)
    await syncDirectoryOf(digest)
  }
  function removeFile(digest: Digest): Promise<void> {
    return inTurn(digest, async () => {
      if (doomed.delete(digest)) await rm(pathOf(digest), { force: true })
    })
  }

  async function findBlob(digest: Digest): Promise<BlobFile | undefined> {
    const held = catalog.find(digest)
    if (held ? !held.alsoBlob : doomed.has(digest)) return undefined
    return findBlobFile(pathOf(digest))
  }

  return {
    catalog,
    findBlob,
    addBlob: (digest, moveTo) =>
      inTurn(digest, async () => {
        await makeDirectoryFor(digest)
        await moveTo(pathOf(digest))
        await syncDirectoryOf(digest)
        const held = catalog.find(digest)
        if (held && !held.alsoBlob) {
          change()
          held.alsoBlob = true
        }
        // On disk it may still be a manifest, and no blob.
        if (doomed.delete(digest) || held) await save()
      }),
    deleteBlob: (digest) =>
      inTurn(digest, async () => {
        if (!(await findBlob(digest))) return false
        const held = catalog.find(digest)
        if (held) {
          change()
          held.alsoBlob = false
          await save()
        } else {
          await rm(pathOf(digest))
          await syncDirectoryOf(digest)
        }
        return true
      }),
    async findManifest(digest) {
      const held = catalog.find(digest)
      if (!held) return undefined
      const bytes = held.bytes ?? (await readWhole(pathOf(digest), LARGEST_MANIFEST))
      return bytes && { digest, mediaType: held.mediaType, bytes }
    },
    putManifest: (manifest, tags, links) =>
      inTurn(manifest.digest, async () => {
        const { digest, mediaType, bytes } = manifest
        if (bytes.byteLength > LARGEST_MANIFEST) throw tooLarge(bytes.byteLength)
        const before = catalog.find(digest)
        const alsoBlob = before?.alsoBlob ?? (await findBlob(digest)) !== undefined
        change()
        const more = before?.more ?? {}
        const held = { digest, mediaType, size: bytes.byteLength, alsoBlob, more, bytes }
        doomed.delete(digest)
        unwritten.set(digest, held)
        forget({ tags })
        catalog.put(digest, held, tags, links)
      }),
    deleteManifest: (digest) =>
      inTurn(digest, async () => {
        const held = catalog.find(digest)
        if (!held) return false
        change()
        unwritten.delete(digest)
        if (!held.alsoBlob) doomed.add(digest)
        forget({ digest, tags: [...catalog.tagsOf(digest)] })
        return catalog.delete(digest)
      }),
    deleteTag(tag) {
      if (catalog.findTag(tag) === undefined) return false
      change()
      forget({ tags: [tag] })
      return catalog.deleteTag(tag)
    },
    save,
  }
}

/** Waits for all of them, also where one fails. */
async function all(tasks: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(tasks)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

function tooLarge(size: number): InvalidInputError {
  const expected = `of at most ${LARGEST_MANIFEST} bytes`
  return new InvalidInputError('INVALID_INPUT', 'manifest', expected, size)
}
