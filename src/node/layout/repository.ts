/**
 * One repository of a storage in a directory.
 *
 * @module
 */
import { rename } from 'node:fs/promises'
import { lazy } from '../../embedded/storage/lazy.ts'
import type { BlobWriter, RepositoryStorage } from '../../embedded/storage/storage.ts'
import { linkFile } from './durable.ts'
import type { Layout } from './layout.ts'
import type { OpenLayouts } from './open-layouts.ts'
import type { Workplace } from './workplace.ts'
import { writeBlob } from './write-blob.ts'

/**
 * The repository of a name.
 *
 * @param writers - blobs that are being written; this repository's are added
 */
export function layoutRepository(
  name: string,
  place: Workplace,
  layouts: OpenLayouts,
  writers: Set<BlobWriter>,
): RepositoryStorage {
  // Not the layout that is open now: that may be another by the time that changes are to be saved.
  const changed = new Set<Layout>()
  const find = () => layouts.find(name)
  const change = async () => {
    const layout = await layouts.make(name)
    changed.add(layout)
    return layout
  }
  return {
    exists: async () => (await find()) !== undefined,

    findBlob: async (digest) => (await find())?.findBlob(digest),
    async writeBlob() {
      const path = place.temporary()
      const writer = writeBlob(
        path,
        async (digest) => (await change()).addBlob(digest, (target) => rename(path, target)),
        () => writers.delete(writer),
      )
      writers.add(writer)
      return writer
    },
    async linkBlob(digest, from) {
      if (await (await find())?.findBlob(digest)) return true
      const source = await (await layouts.find(from))?.findBlob(digest)
      if (!source) return false
      await (await change()).addBlob(digest, (target) =>
        linkFile(source.path, target, place.temporary()),
      )
      return true
    },
    deleteBlob: async (digest) => (await find())?.deleteBlob(digest) ?? false,

    findManifest: async (digest) => (await find())?.findManifest(digest),
    headManifest: async (digest) => (await find())?.headManifest(digest),
    async putManifest(manifest, tags, links) {
      await (await change()).putManifest(manifest, tags, links)
    },
    deleteManifest: async (digest) =>
      (await find()) ? (await change()).deleteManifest(digest) : false,

    findTag: async (tag) => (await find())?.catalog.findTag(tag),
    deleteTag: async (tag) => ((await find()) ? (await change()).deleteTag(tag) : false),
    listTags: (after) => lazy(async () => (await find())?.catalog.listTags(after)),
    listReferrers: (subject, query) =>
      lazy(async () => (await find())?.catalog.listReferrers(subject, query)),
    listState: async (subject) => (await find())?.catalog.stateOf(subject),
    async sync() {
      const now = layouts.current(name)
      const all = now ? changed.add(now) : changed
      const saving = [...all].map((layout) => layout.save())
      changed.clear()
      await Promise.all(saving)
    },
  }
}
