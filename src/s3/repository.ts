/**
 * One repository of a storage in a store.
 *
 * @module
 */
import type { RepositoryStorage } from '../embedded/storage/storage.ts'
import { blobWriter } from './blob-writer.ts'
import { deleteBlob, findBlob, linkBlob } from './blobs.ts'
import type { Context } from './context.ts'
import { isKnown } from './known.ts'
import { listLinks } from './links.ts'
import { nonce } from './nonce.ts'
import { tidy } from './recover.ts'
import { findManifest, headManifest } from './stored-manifest.ts'
import { findTag, listTags, readTag, writeTag } from './tags.ts'
import { storedUploads } from './uploads.ts'
import { deleteManifest, pushManifest } from './write-manifest.ts'

/** The repository that a context is of. */
export function s3Repository(context: Context): RepositoryStorage {
  const { store, keys, turns } = context
  const alone = <T>(digest: string, task: () => Promise<T>) =>
    turns(`${keys.all}${digest}`, async () => {
      await context.ready()
      return task()
    })
  async function deleteTag(tag: string, expected?: string): Promise<boolean> {
    await context.ready()
    for (;;) {
      const { digest, condition } = await readTag(store, keys, tag)
      if (digest === undefined || (expected ?? digest) !== digest) return false
      if (await writeTag(store, keys, tag, undefined, condition)) return true
    }
  }
  return {
    exists: () => isKnown(context),

    findBlob: (digest, use) => findBlob(context, digest, use),
    writeBlob: async () => blobWriter(context, nonce() + nonce()),
    uploads: storedUploads(context),
    async linkBlob(digest, from) {
      await context.ready()
      return linkBlob(context, digest, from)
    },
    async deleteBlob(digest) {
      await context.ready()
      return deleteBlob(context, digest)
    },

    findManifest: (digest) => findManifest(context, digest),
    headManifest: (digest) => headManifest(context, digest),
    async putManifest(manifest, tags, links) {
      await alone(manifest.digest, () => pushManifest(context, manifest, tags, links))
    },
    deleteManifest: (digest) => alone(digest, () => deleteManifest(context, digest)),

    findTag: (tag) => findTag(store, keys, tag),
    deleteTag: (tag) => deleteTag(tag),
    listTags: (after) => afterTidying(context, () => listTags(store, keys, after)),
    listReferrers: (subject, query) =>
      afterTidying(context, () => listLinks(context, subject, query)),
    sync: async () => {},

    shared: {
      putManifest: (manifest, tags, links, expected) =>
        alone(manifest.digest, () => pushManifest(context, manifest, tags, links, expected)),
      deleteTag,
    },
  }
}

/** A list that is begun while half-done writes are looked for, and begun again where there were some. */
async function* afterTidying<T>(
  context: Context,
  list: () => AsyncGenerator<T>,
): AsyncGenerator<T> {
  let items = list()
  const [first, wasTidied] = await Promise.all([
    items.next(),
    // Where this fails somebody else does it, or the next list.
    tidy(context).catch(() => false),
  ])
  if (!wasTidied) {
    if (first.done) return
    yield first.value
  } else {
    items = list()
  }
  yield* items
}
