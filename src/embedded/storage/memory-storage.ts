/**
 * Storage in memory: gone with the process or the page.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { lazy } from './lazy.ts'
import type {
  BlobWriter,
  RepositoryStorage,
  Storage,
  StoredBlob,
  StoredManifest,
} from './storage.ts'

interface Content {
  readonly blobs: Map<Digest, StoredBlob>
  readonly catalog: Catalog<StoredManifest>
}

/** Keeps everything in memory. Mounted blobs are shared, not copied. */
/* @__NO_SIDE_EFFECTS__ */
export function memoryStorage(): Storage {
  const contents = new Map<string, Content>()
  return {
    repository: (name) => memoryRepository(contents, name),
    clear: async () => contents.clear(),
  }
}

function memoryRepository(contents: Map<string, Content>, name: string): RepositoryStorage {
  const here = () => contents.get(name)
  const written = () => {
    let content = contents.get(name)
    if (!content) {
      content = { blobs: new Map(), catalog: createCatalog() }
      contents.set(name, content)
    }
    return content
  }
  return {
    exists: async () => contents.has(name),

    findBlob: async (digest) => here()?.blobs.get(digest),
    writeBlob: async () => memoryWriter((digest, blob) => written().blobs.set(digest, blob)),
    async linkBlob(digest, from) {
      const blob = here()?.blobs.get(digest) ?? contents.get(from)?.blobs.get(digest)
      if (blob) written().blobs.set(digest, blob)
      return blob !== undefined
    },
    deleteBlob: async (digest) => here()?.blobs.delete(digest) ?? false,

    findManifest: async (digest) => here()?.catalog.find(digest),
    async headManifest(digest) {
      const manifest = here()?.catalog.find(digest)
      return manifest && { mediaType: manifest.mediaType, digest, size: manifest.bytes.byteLength }
    },
    async putManifest(manifest, tags, links) {
      written().catalog.put(manifest.digest, manifest, tags, links)
    },
    deleteManifest: async (digest) => here()?.catalog.delete(digest) ?? false,

    findTag: async (tag) => here()?.catalog.findTag(tag),
    deleteTag: async (tag) => here()?.catalog.deleteTag(tag) ?? false,
    listTags: (after) => lazy(async () => here()?.catalog.listTags(after)),
    listReferrers: (subject, query) =>
      lazy(async () => here()?.catalog.listReferrers(subject, query)),
    sync: async () => {},
  }
}

function memoryWriter(keep: (digest: Digest, blob: StoredBlob) => void): BlobWriter {
  let chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  return {
    get size() {
      return size
    },
    async append(bytes) {
      if (bytes.byteLength === 0) return
      chunks.push(new Uint8Array(bytes))
      size += bytes.byteLength
    },
    stream: () => streamOf(chunks, 0, size),
    async commit(digest) {
      const kept = chunks
      const end = size
      keep(digest, { size: end, stream: (from = 0, to = end) => streamOf(kept, from, to) })
    },
    async discard() {
      chunks = []
      size = 0
    },
  }
}

// One piece per pull, so that a slow reader holds one copy, not the blob.
const PIECE = 256 * 1024

/** Copies of the bytes in [start, end), so that what a reader does to them stays its own. */
function streamOf(
  chunks: readonly Uint8Array[],
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = start
  let index = 0
  let base = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= end) return controller.close()
        let chunk = chunks[index]!
        while (at >= base + chunk.byteLength) {
          base += chunk.byteLength
          index += 1
          chunk = chunks[index]!
        }
        const stop = Math.min(end, base + chunk.byteLength, at + PIECE)
        controller.enqueue(new Uint8Array(chunk.subarray(at - base, stop - base)))
        at = stop
      },
    },
    { highWaterMark: 0 },
  )
}
