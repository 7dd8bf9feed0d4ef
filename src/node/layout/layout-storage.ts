/**
 * Storage in a directory: an OCI image layout for each repository (image-spec 1.1, image-layout.md).
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lazy } from '../../embedded/storage/lazy.ts'
import type { BlobWriter, RepositoryStorage, Storage } from '../../embedded/storage/storage.ts'
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { createTurns } from '../../platform/turns.ts'
import { writeBlobFile } from './blob-files.ts'
import { createDirectorySync, linkFile, look } from './durable.ts'
import { type Layout, loadLayout, type Workplace } from './layout.ts'
import { findLayout, makeLayout } from './layout-files.ts'
import { takeLock } from './lock.ts'
import { makeDirectories, piecesOf, requireName } from './paths.ts'

/** Options of {@link layoutStorage}. */
export interface LayoutStorageOptions {
  /**
   * Name of a repository whose layout is the directory itself, not one below it: for serving a layout
   * that is there already.
   */
  readonly name?: string | undefined
}

/** A storage that holds a directory until it is closed. */
export interface LayoutStorage extends Storage {
  /** Waits for changes under way, drops uploads that were not finished, and lets the directory go. */
  close(): Promise<void>
}

/** Lock and temporary files; no repository can have this name. */
const work = '.ocilink'

/**
 * Keeps content in a directory, in the form that other tools read and write: the repository `team/app`
 * is the OCI image layout `<directory>/team/app`, with `oci-layout`, `index.json` and `blobs/`. An
 * entry of `index.json` with the annotation `org.opencontainers.image.ref.name` is a tag; manifests
 * without a tag have entries without it. Layouts that other tools put there are served. Where a piece
 * of a name is called like a part of a layout it is written with `_` before it: `app/blobs` is at
 * `<directory>/app/_blobs`.
 *
 * What was acknowledged lasts: files are written beside, synced and moved into place. One process at a
 * time uses a directory. Other tools may read it at any time, and write to it while it is not in use.
 * Nothing is read or written through symbolic links.
 *
 * @param directory - made where it is missing
 * @throws `InvalidInputError` `INVALID_INPUT` where another process uses the directory, where it
 *   is itself a layout and no `name` is given, or for a bad name; the system's own errors
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { layoutStorage, serve } from 'ocilink/node'
 *
 * const storage = await layoutStorage('images')
 * const server = await serve(embeddedRegistry({ storage }))
 * console.log(`docker push ${server.host}/team/app:v1, then skopeo inspect oci:images/team/app:v1`)
 * await server.close()
 * await storage.close()
 * ```
 */
export async function layoutStorage(
  directory: string,
  options: LayoutStorageOptions = {},
): Promise<LayoutStorage> {
  const { name: own } = options
  if (own !== undefined) requireName(own)
  const syncDirectory = createDirectorySync()
  await mkdir(directory, { recursive: true })
  const root = await realpath(directory)
  if (own === undefined && (await look(join(root, 'oci-layout')))) {
    const expected = 'a directory of layouts; "name" says which repository one layout is'
    throw new InvalidInputError('INVALID_INPUT', directory, expected, 'a layout')
  }
  const workDirectory = await makeDirectories(root, [work], syncDirectory)
  const giveBack = await takeLock(workDirectory, directory)
  const temporaryFiles = join(workDirectory, 'tmp')
  // Whatever a process that was killed left behind.
  await rm(temporaryFiles, { recursive: true, force: true })
  await makeDirectories(root, [work, 'tmp'], syncDirectory)

  const place: Workplace = {
    root,
    temporary: () => join(temporaryFiles, randomUUID()),
    syncDirectory,
  }
  const layouts = new Map<string, Layout>()
  const writers = new Set<BlobWriter>()
  const inTurn = createTurns()
  let closed = false

  const directoryOf = (name: string) => (name === own ? [] : piecesOf(name))

  /** The layout of a repository; opened once, made where that is asked for. */
  function open(name: string, make: true): Promise<Layout>
  function open(name: string, make: false): Promise<Layout | undefined>
  async function open(name: string, make: boolean): Promise<Layout | undefined> {
    if (closed) throw new Error(`the storage in ${directory} is closed`)
    const known = layouts.get(name)
    if (known) return known
    return inTurn(name, async () => {
      if (layouts.has(name)) return layouts.get(name)
      const pieces = directoryOf(name)
      const found = (await findLayout(place, pieces)) ?? (make && (await makeLayout(place, pieces)))
      if (!found) return undefined
      // What could not be saved is dropped, and read from disk again when it is next asked for.
      const drop = () => void layouts.delete(name)
      const layout = await loadLayout(place, found.directory, found.index, drop)
      layouts.set(name, layout)
      return layout
    })
  }

  function repository(name: string): RepositoryStorage {
    // Not the layout that is open now: that may be another by the time that changes are to be saved.
    const changed = new Set<Layout>()
    const change = async () => {
      const layout = await open(name, true)
      changed.add(layout)
      return layout
    }
    return {
      exists: async () => (await open(name, false)) !== undefined,

      findBlob: async (digest) => (await open(name, false))?.findBlob(digest),
      async writeBlob() {
        const path = place.temporary()
        const keep = async (digest: Digest) =>
          (await change()).addBlob(digest, (target) => rename(path, target))
        const writer = writeBlobFile(path, keep, () => writers.delete(writer))
        writers.add(writer)
        return writer
      },
      async linkBlob(digest, from) {
        if (await (await open(name, false))?.findBlob(digest)) return true
        const source = await (await open(from, false))?.findBlob(digest)
        if (!source) return false
        await (await change()).addBlob(digest, (target) =>
          linkFile(source.path, target, place.temporary()),
        )
        return true
      },
      deleteBlob: async (digest) => (await open(name, false))?.deleteBlob(digest) ?? false,

      findManifest: async (digest) => (await open(name, false))?.findManifest(digest),
      async putManifest(manifest, tags, links) {
        await (await change()).putManifest(manifest, tags, links)
      },
      async deleteManifest(digest) {
        return (await open(name, false)) ? (await change()).deleteManifest(digest) : false
      },

      findTag: async (tag) => (await open(name, false))?.catalog.findTag(tag),
      async deleteTag(tag) {
        return (await open(name, false)) ? (await change()).deleteTag(tag) : false
      },
      listTags: (after) => lazy(async () => (await open(name, false))?.catalog.listTags(after)),
      listReferrers: (subject, query) =>
        lazy(async () => (await open(name, false))?.catalog.listReferrers(subject, query)),
      async sync() {
        const now = layouts.get(name)
        const all = now ? changed.add(now) : changed
        const saving = [...all].map((layout) => layout.save())
        changed.clear()
        await Promise.all(saving)
      },
    }
  }

  async function close(): Promise<void> {
    closed = true
    await Promise.all([...writers].map((writer) => writer.discard()))
    await Promise.allSettled([...layouts.values()].map((layout) => layout.save()))
    await giveBack()
  }
  let closing: Promise<void> | undefined
  return {
    repository,
    close() {
      closing ??= close()
      return closing
    },
  }
}
