/**
 * Storage in memory: gone with the process or the page.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { type Checks, checkOptions, positiveInteger } from '../../platform/options.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { lazy } from './lazy.ts'
import { createRoom, type Room } from './memory-room.ts'
import type {
  BlobWriter,
  RepositoryStorage,
  Storage,
  StoredBlob,
  StoredManifest,
} from './storage.ts'

/** Options of {@link memoryStorage}. */
export interface MemoryStorageOptions {
  /**
   * Bytes of all blobs and manifests, those that are being pushed included. What is beyond them is
   * refused with 413.
   *
   * @default 2 GiB
   */
  readonly limit?: number | undefined
}

const checks: Checks<MemoryStorageOptions> = { limit: positiveInteger }

const LIMIT = 2 * 1024 ** 3

interface Content {
  readonly blobs: Map<Digest, HeldBlob>
  readonly catalog: Catalog<StoredManifest>
}

/** A blob, and in how many repositories it is. */
interface HeldBlob extends StoredBlob {
  repositories: number
}

/**
 * Keeps everything in memory. Mounted blobs are shared, not copied.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option
 */
/* @__NO_SIDE_EFFECTS__ */
export function memoryStorage(options: MemoryStorageOptions = {}): Storage {
  checkOptions(options, checks)
  const contents = new Map<string, Content>()
  let room = createRoom(options.limit ?? LIMIT)
  return {
    repository: (name) => memoryRepository(contents, name, () => room),
    async clear() {
      contents.clear()
      // What is still being pushed gives its bytes back to the old one.
      room = createRoom(options.limit ?? LIMIT)
    },
  }
}

function memoryRepository(
  contents: Map<string, Content>,
  name: string,
  room: () => Room,
): RepositoryStorage {
  const here = () => contents.get(name)
  const written = () => {
    let content = contents.get(name)
    if (!content) {
      content = { blobs: new Map(), catalog: createCatalog() }
      contents.set(name, content)
    }
    return content
  }
  function keepBlob(digest: Digest, blob: HeldBlob): void {
    const { blobs } = written()
    if (blobs.get(digest) === blob) return
    dropBlob(digest)
    blob.repositories += 1
    blobs.set(digest, blob)
  }
  function dropBlob(digest: Digest): boolean {
    const blob = here()?.blobs.get(digest)
    if (!blob) return false
    blob.repositories -= 1
    if (blob.repositories === 0) room().free(blob.size)
    return here()!.blobs.delete(digest)
  }
  return {
    exists: async () => contents.has(name),

    findBlob: async (digest) => here()?.blobs.get(digest),
    writeBlob: async () => memoryWriter(room(), keepBlob),
    async linkBlob(digest, from) {
      const blob = here()?.blobs.get(digest) ?? contents.get(from)?.blobs.get(digest)
      if (blob) keepBlob(digest, blob)
      return blob !== undefined
    },
    deleteBlob: async (digest) => dropBlob(digest),

    findManifest: async (digest) => here()?.catalog.find(digest),
    async headManifest(digest) {
      const manifest = here()?.catalog.find(digest)
      return manifest && { mediaType: manifest.mediaType, digest, size: manifest.bytes.byteLength }
    },
    async putManifest(manifest, tags, links) {
      const before = here()?.catalog.find(manifest.digest)
      if (!before) room().take(manifest.bytes.byteLength)
      written().catalog.put(manifest.digest, manifest, tags, links)
    },
    async deleteManifest(digest) {
      const manifest = here()?.catalog.find(digest)
      if (manifest) room().free(manifest.bytes.byteLength)
      return here()?.catalog.delete(digest) ?? false
    },

    findTag: async (tag) => here()?.catalog.findTag(tag),
    deleteTag: async (tag) => here()?.catalog.deleteTag(tag) ?? false,
    listTags: (after) => lazy(async () => here()?.catalog.listTags(after)),
    listReferrers: (subject, query) =>
      lazy(async () => here()?.catalog.listReferrers(subject, query)),
    listState: async (subject) => here()?.catalog.stateOf(subject),
    sync: async () => {},
  }
}

function memoryWriter(room: Room, keep: (digest: Digest, blob: HeldBlob) => void): BlobWriter {
  let chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  return {
    get size() {
      return size
    },
    async append(bytes) {
      if (bytes.byteLength === 0) return
      room.take(bytes.byteLength)
      chunks.push(new Uint8Array(bytes))
      size += bytes.byteLength
    },
    stream: () => streamOf(chunks, 0, size),
    async commit(digest) {
      const kept = chunks
      const end = size
      const stream = (from = 0, to = end) => streamOf(kept, from, to)
      const read = async (from: number, to: number) => piece(kept, from, to)
      keep(digest, { size: end, stream, read, repositories: 0 })
    },
    async discard() {
      room.free(size)
      chunks = []
      size = 0
    },
  }
}

/** The bytes in [start, end): a view where one chunk has all of them. */
function piece(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  start: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  let base = 0
  let copy: Uint8Array<ArrayBuffer> | undefined
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - base), Math.max(0, end - base))
    if (part.byteLength === end - start) return part
    copy ??= new Uint8Array(end - start)
    copy.set(part, Math.max(0, base - start))
    base += chunk.byteLength
    if (base >= end) break
  }
  return copy ?? new Uint8Array(0)
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
