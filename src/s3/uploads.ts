/**
 * Uploads that any process can go on with. What there is of one is its pieces, whose keys say where they
 * begin; before the first of them an upload is its id alone, which tells when it was given and for which
 * repository.
 *
 * @module
 */
import { hash } from '#hasher'
import type { BlobWriter, StoredUploads } from '../embedded/storage/storage.ts'
import { ConnectionError } from '../errors.ts'
import type { Part } from './assemble.ts'
import { blobWriter, pieceKey } from './blob-writer.ts'
import { type Listed, listAll } from './client/list.ts'
import { deleteObject, headObject, putObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { nonce } from './nonce.ts'
import { forEach } from './steps.ts'

/** Milliseconds for which a repository is not looked through again. */
export const EXPIRE_EVERY = 600_000

/** The name of what says that an upload was cancelled: after all of its pieces. */
const CANCELLED = 'cancelled'

/** The uploads of a repository. */
export function storedUploads(context: Context): StoredUploads {
  const { store, keys, name } = context
  return {
    async begin() {
      // By now the store has told its time.
      await context.ready()
      const seconds = Math.floor(store.now() / 1000)
      const start = seconds.toString(16).padStart(8, '0') + nonce()
      const id = start + (await check(name, start))
      return { id, writer: blobWriter(context, id) }
    },
    resume: (id, idle) => resume(context, id, idle),
    async cancel(id) {
      await putObject(store, keys.upload(id) + CANCELLED, new Uint8Array())
    },
    async expire(idle) {
      const { expired } = context
      if (expired.has(name)) return
      expired.set(name, true)
      // Who fails here is no reason to refuse an upload.
      await expireUploads(context, idle * 1000).catch(() => {})
    },
  }
}

async function resume(context: Context, id: string, idle: number): Promise<BlobWriter | undefined> {
  const { store, keys, name } = context
  const given = await timeOf(id, name)
  if (given === undefined) return undefined
  const prefix = keys.upload(id)
  const pieces: Listed[] = []
  for await (const piece of listAll(store, { prefix })) pieces.push(piece)
  if (pieces.some(({ key }) => key === prefix + CANCELLED)) return undefined
  const size = sizeOf(prefix, pieces)
  // A list may be late; what is asked for by its key is not.
  if (size === undefined || (await headObject(store, pieceKey(prefix, size)))) {
    const url = store.place.show(prefix)
    throw new ConnectionError('CONNECTION', 'the list of an upload is not whole', url)
  }
  const used = Math.max(given, ...pieces.map(({ modified }) => modified))
  if (store.now() - used >= idle * 1000) return undefined
  const parts = pieces.map(({ key, etag, size }): Part => ({ key, etag, start: 0, size }))
  return blobWriter(context, id, parts)
}

/** Bytes of all pieces; undefined where one is missing in between. */
function sizeOf(prefix: string, pieces: readonly Listed[]): number | undefined {
  let at = 0
  for (const { key, size } of pieces) {
    if (key !== pieceKey(prefix, at)) return undefined
    at += size
  }
  return at
}

/** When an id was given, in milliseconds; undefined where it was not, or for another repository. */
async function timeOf(id: string, name: string): Promise<number | undefined> {
  const isOurs = /^[0-9a-f]{32}$/.test(id) && (await check(name, id.slice(0, 24))) === id.slice(24)
  return isOurs ? Number.parseInt(id.slice(0, 8), 16) * 1000 : undefined
}

/** Tells an id of this repository from others; who makes one up gains what a POST would have given. */
async function check(name: string, start: string): Promise<string> {
  const text = new TextEncoder().encode(`${name} ${start}`)
  return (await hash('sha256', text)).slice(0, 8)
}

/** Takes away the pieces of uploads that were not used for so many milliseconds. */
export async function expireUploads({ store, keys }: Context, idle: number): Promise<void> {
  let id = ''
  let pieces: string[] = []
  let isUsed = false
  const end = async () => {
    if (!isUsed) await forEach(pieces, (key) => deleteObject(store, key))
    pieces = []
    isUsed = false
  }
  for await (const { key, age } of listAll(store, { prefix: keys.uploads })) {
    // All pieces of one follow each other, on as many pages as they take.
    const next = key.slice(keys.uploads.length).split('/')[0]!
    if (next !== id) await end()
    id = next
    pieces.push(key)
    isUsed ||= age <= idle
  }
  await end()
}
