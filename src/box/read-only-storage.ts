/**
 * Layouts that are only read, as a storage of the embedded registry.
 *
 * @module
 */
import { lazy } from '../embedded/storage/lazy.ts'
import type { Sorted } from '../embedded/storage/sorted.ts'
import type { RepositoryStorage, Storage, StoredTag } from '../embedded/storage/storage.ts'
import type { Digest } from '../model/digest.ts'
import type { LayoutReader } from './layout-reader.ts'
import { GONE, unreadable } from './unreadable.ts'

/** A repository that was found in a layout. */
export interface Shown {
  readonly layout: LayoutReader
  readonly tags: Sorted<Digest>
}

/**
 * A storage that refuses to write.
 *
 * @param find - the repository of a name; undefined where there is none
 */
export function readOnlyStorage(find: (name: string) => Promise<Shown | undefined>): Storage {
  return { repository: (name) => readOnlyRepository(() => find(name)) }
}

function readOnlyRepository(find: () => Promise<Shown | undefined>): RepositoryStorage {
  const layout = async () => (await find())?.layout
  /** Something that is named and not there was lost: "there is none" would be wrong of it. */
  async function orGone<T>(
    digest: Digest,
    read: (from: LayoutReader) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const from = await layout()
    const manifest = from && (await read(from))
    if (!manifest && from?.isNamed(digest)) throw unreadable(digest, GONE)
    return manifest
  }
  return {
    exists: async () => (await find()) !== undefined,

    findBlob: async (digest) => (await layout())?.findBlob(digest),
    writeBlob: refuse,
    linkBlob: refuse,
    deleteBlob: refuse,

    findManifest: (digest) => orGone(digest, (from) => from.findManifest(digest)),
    headManifest: (digest) => orGone(digest, (from) => from.headManifest(digest)),
    putManifest: refuse,
    deleteManifest: refuse,

    findTag: async (tag) => (await find())?.tags.get(tag),
    deleteTag: refuse,
    listTags: (after) =>
      lazy(async () => {
        const found = await find()
        return found && tagsAfter(found.tags, after)
      }),
    listReferrers: (subject, query) =>
      lazy(async () => (await (await layout())?.links())?.listReferrers(subject, query)),
    sync: async () => {},
  }
}

/** The registry in front of it refuses writes before they come here. */
async function refuse(): Promise<never> {
  throw new TypeError('the storage is only read')
}

function* tagsAfter(tags: Sorted<Digest>, after: string | undefined): Generator<StoredTag> {
  for (let found = tags.next(after); found; found = tags.next(found[0])) {
    yield { tag: found[0], digest: found[1] }
  }
}
