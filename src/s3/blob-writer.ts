/**
 * A blob that is being written. Its bytes gather in memory; what is more than a piece, and what a request
 * leaves behind, goes to an object whose name says where in the blob it is. At the end the store puts the
 * pieces together, under a digest that was checked before.
 *
 * @module
 */
import type { BlobWriter } from '../embedded/storage/storage.ts'
import { Refusal } from '../embedded/wire/answers.ts'
import { RegistryError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { concat } from '../platform/body.ts'
import { assemble, type Part } from './assemble.ts'
import { copyObject } from './blobs.ts'
import { absent, deleteObject, putObject, putObjectIf, same } from './client/objects.ts'
import { readPart } from './client/read-object.ts'
import type { Context } from './context.ts'
import { forEach } from './steps.ts'

/** Bytes that gather in memory. */
export const PIECE: number = 8 * 1024 ** 2

/** Bytes of a part that is not the last, at least (Amazon S3, "Multipart upload limits"). */
const LEAST_PART = 5 * 1024 ** 2

type Bytes = Uint8Array<ArrayBuffer>

/**
 * Goes on writing a blob.
 *
 * @param id - names the objects of what does not fit into memory
 * @param stored - what is there of it, in its order
 */
export function blobWriter(context: Context, id: string, stored: readonly Part[] = []): BlobWriter {
  const { store, keys, seen } = context
  const pieces = [...stored]
  /** A stored piece that is too short to be a part: it is read again before something is put after it. */
  let tail = takeTail()
  let chunks: Bytes[] = []
  let gathered = 0
  let isEnded = false
  /** Whether the tail's bytes are in memory. */
  let isRead = false

  const start = () => pieces.reduce((sum, { size }) => sum + size, 0)

  function takeTail(): Part | undefined {
    const last = pieces.at(-1)
    return last && last.size < LEAST_PART ? pieces.pop() : undefined
  }
  function gather(bytes: Uint8Array): void {
    chunks.push(new Uint8Array(bytes))
    gathered += bytes.byteLength
  }
  async function readTail(): Promise<void> {
    if (!tail || isRead) return
    const { key, size, etag } = tail
    await unmoved(async () => {
      for await (const bytes of iterate(readPart(store, key, 0, size, etag))) gather(bytes)
    })
    isRead = true
  }
  /** Runs what needs the pieces as they were seen. */
  async function unmoved<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof RegistryError && [404, 412].includes(error.status))) throw error
      isEnded = true
      throw moved()
    }
  }
  /** Puts away what is in memory. */
  async function flush(): Promise<void> {
    const bytes = concat(chunks, gathered) as Bytes
    const at = start()
    const key = pieceKey(keys.upload(id), at)
    const etag = await putObjectIf(store, key, bytes, tail ? same(tail.etag) : absent)
    if (etag === undefined) {
      // What is there is another's.
      isEnded = true
      throw moved()
    }
    pieces.push({ key, etag, start: 0, size: bytes.byteLength })
    chunks = []
    gathered = 0
    isRead = false
    tail = takeTail()
  }
  function storedParts(): readonly Part[] {
    return tail && !isRead ? [...pieces, tail] : pieces
  }
  async function removePieces(): Promise<void> {
    const all = tail ? [...pieces, tail] : pieces
    await forEach(all, ({ key }) => deleteObject(store, key))
  }
  return {
    get size() {
      return start() + (tail && !isRead ? tail.size : gathered)
    },
    async append(bytes) {
      if (isEnded || bytes.byteLength === 0) return
      await context.ready()
      await readTail()
      let rest = bytes
      while (rest.byteLength > 0) {
        const now = rest.subarray(0, PIECE - gathered)
        gather(now)
        rest = rest.subarray(now.byteLength)
        if (gathered >= PIECE) await flush()
      }
    },
    stream: () => streamOf(context, storedParts(), chunks),
    async release() {
      const isNew = tail ? gathered > tail.size : gathered > 0
      if (isEnded || gathered === 0) return
      if (isNew) return flush()
      chunks = []
      gathered = 0
      isRead = false
    },
    async commit(digest: Digest) {
      isEnded = true
      await context.ready()
      const key = keys.blob(digest)
      const rest = concat(chunks, gathered) as Bytes
      const parts = storedParts()
      const size = parts.reduce((sum, part) => sum + part.size, gathered)
      if (parts.length === 0) await putObject(store, key, rest, octets)
      else if (parts.length > 1 || gathered > 0) {
        await unmoved(() => assemble(store, key, parts, rest))
      } else {
        const { key: source, etag } = parts[0]!
        if (!(await unmoved(() => copyObject(store, source, key, { etag, size })))) throw moved()
      }
      seen.set(key, size)
      // The blob is there; what could not be taken away is the sweep's.
      await removePieces().catch(() => {})
    },
    async discard() {
      if (isEnded) return
      isEnded = true
      chunks = []
      gathered = 0
      await removePieces()
    },
  }
}

const octets = { headers: { 'content-type': 'application/octet-stream' } }

/** The name of a piece: names are in the order of the bytes. */
export function pieceKey(before: string, offset: number): string {
  return before + String(offset).padStart(15, '0')
}

/** All bytes, those in the store first. */
function streamOf(
  { store }: Context,
  parts: readonly Part[],
  chunks: readonly Bytes[],
): ReadableStream<Bytes> {
  async function* all(): AsyncGenerator<Bytes> {
    for (const { key, size, etag } of parts) yield* iterate(readPart(store, key, 0, size, etag))
    for (const chunk of chunks) yield new Uint8Array(chunk)
  }
  const bytes = all()
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const { done, value } = await bytes.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await bytes.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Not every browser iterates streams. */
async function* iterate(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

function moved(): Refusal {
  const message = 'another process has gone on with this upload; ask where it stands'
  return new Refusal(416, 'BLOB_UPLOAD_INVALID', message, { reason: 'upload-order' })
}
