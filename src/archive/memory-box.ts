/**
 * A box in memory: what is copied into it can be written as an archive.
 *
 * @module
 */
import { type Box, makeBox } from '../box/box.ts'
import { LAYOUT_FILE, REF_NAME } from '../box/layout-document.ts'
import { blobPath, type LayoutFiles } from '../box/layout-files.ts'
import { readLayout } from '../box/layout-reader.ts'
import { UNNAMED } from '../box/names.ts'
import { oneRepository } from '../box/one-repository.ts'
import { type MemoryStorageOptions, memoryStorage } from '../embedded/storage/memory-storage.ts'
import type { RepositoryStorage, StoredBlob } from '../embedded/storage/storage.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { addTo } from '../platform/add-to.ts'

/** Options of {@link memoryBox}. */
export interface MemoryBoxOptions extends MemoryStorageOptions {}

/**
 * Makes an empty box in memory, which holds one repository: attach or copy into it, then save it with
 * `writeArchive()`.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { memoryBox, writeArchive } from 'ocilink/archive'
 * import { pushBlob, putManifest } from 'ocilink/registry'
 *
 * const box = memoryBox()
 * const app = box.repository('team/app')
 * await pushBlob(app, 'hello')
 * const file = await new Response(writeArchive(box)).blob()
 * console.log(file.size)
 * ```
 */
export function memoryBox(options: MemoryBoxOptions = {}): Box {
  const repository = memoryStorage(options).repository(UNNAMED)
  const names = { blobs: new Set<Digest>(), manifests: new Set<Digest>() }
  const place = 'a box in memory'
  return makeBox({
    ...oneRepository(recorded(repository, names), place),
    readOnly: false,
    read: async () => readLayout(memoryFiles(repository, names, await indexOf(repository, names))),
    close: async () => {},
  })
}

/** What is in a storage: it finds things by their names, and lists none of them. */
interface Recorded {
  readonly blobs: Set<Digest>
  readonly manifests: Set<Digest>
}

/** The same repository, which notes what is put into it. */
function recorded(inner: RepositoryStorage, { blobs, manifests }: Recorded): RepositoryStorage {
  return {
    ...inner,
    async writeBlob() {
      const writer = await inner.writeBlob()
      const { commit } = writer
      writer.commit = async (digest) => {
        await commit(digest)
        blobs.add(digest)
      }
      return writer
    },
    async deleteBlob(digest) {
      blobs.delete(digest)
      return inner.deleteBlob(digest)
    },
    async putManifest(manifest, tags, links) {
      await inner.putManifest(manifest, tags, links)
      manifests.add(manifest.digest)
    },
    async deleteManifest(digest) {
      manifests.delete(digest)
      return inner.deleteManifest(digest)
    },
  }
}

/** The repository as the files of a layout. */
function memoryFiles(
  repository: RepositoryStorage,
  { blobs, manifests }: Recorded,
  index: string,
): LayoutFiles {
  const texts: Readonly<Record<string, string>> = {
    'oci-layout': LAYOUT_FILE,
    'index.json': index,
  }
  const digests = new Map([...blobs, ...manifests].map((digest) => [blobPath(digest), digest]))
  return {
    place: 'box',
    async find(path) {
      const text = texts[path]
      if (text !== undefined) return bytesBlob(new TextEncoder().encode(text))
      const digest = digests.get(path)
      if (digest === undefined) return undefined
      const manifest = await repository.findManifest(digest)
      return manifest ? bytesBlob(manifest.bytes) : repository.findBlob(digest)
    },
    blobs: async () => [...digests.values()],
    close: async () => {},
  }
}

/** The text of `index.json`: an entry for each tag, and one for each manifest without. */
async function indexOf(repository: RepositoryStorage, { manifests }: Recorded): Promise<string> {
  const tags = new Map<Digest, string[]>()
  for await (const { tag, digest } of repository.listTags()) {
    if (digest) addTo(tags, digest, tag)
  }
  const entries: Descriptor[] = []
  for (const digest of manifests) {
    const found = await repository.headManifest!(digest)
    if (!found) continue
    const named = (tags.get(digest) ?? []).map((tag) => ({ annotations: { [REF_NAME]: tag } }))
    for (const name of named.length > 0 ? named : [{}]) entries.push({ ...found, ...name })
  }
  return JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: entries })
}

function bytesBlob(bytes: Uint8Array<ArrayBuffer>): StoredBlob {
  return {
    size: bytes.byteLength,
    stream: (start = 0, end = bytes.byteLength) =>
      new Blob([bytes.subarray(start, end)]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>,
  }
}
