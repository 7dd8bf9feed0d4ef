/**
 * What is in one repository and no use to anybody.
 *
 * @module
 */
import { clockOf, type Listed, listAll } from './client/list.ts'
import { deleteObject, getObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { digestIn } from './keys.ts'
import { findLock } from './lock.ts'
import { deletesOnCondition } from './probe.ts'
import { recover } from './recover.ts'
import { forEach } from './steps.ts'
import type { How, Swept } from './swept.ts'
import { isGone } from './tags.ts'
import { deleteManifest } from './write-manifest.ts'

/** Finds it among a repository's objects, and takes it away where that is wanted. */
export async function* sweepRepository(
  context: Context,
  objects: readonly Listed[],
  { olderThan, remove }: How,
): AsyncGenerator<Swept> {
  const { store, keys, name: repository } = context
  const { headers } = await store.send({ method: 'HEAD', key: keys.known, answers: [404] })
  const now = clockOf(headers)
  const isOld = ({ modified }: Listed) => now - modified > olderThan
  const below = (prefix: string) => objects.filter(({ key }) => key.startsWith(prefix))
  const swept = (what: Swept['what'], { key, size }: Listed, deleted = remove): Swept => ({
    what,
    repository,
    key,
    size,
    deleted,
  })

  for (const lock of below(keys.pending).filter(isOld)) {
    const digest = digestIn(lock.key)
    const found = remove && digest ? await findLock(context, digest) : undefined
    if (found && digest && found.age > context.lease) await recover(context, digest, found)
    yield swept('lock', lock)
  }

  const uploads = below(keys.uploads)
  const idOf = ({ key }: Listed) => key.slice(0, key.lastIndexOf('/'))
  const used = new Set(uploads.filter((piece) => !isOld(piece)).map(idOf))
  for (const piece of uploads.filter((one) => !used.has(idOf(one)))) {
    if (remove) await deleteObject(store, piece.key)
    yield swept('upload', piece)
  }

  const manifests = new Set(below(keys.manifests).map(({ key }) => digestIn(key)))
  const notes = below(`${keys.all}tagged/`).filter(isOld)
  const digestOf = ({ key }: Listed) => digestIn(key.slice(0, key.lastIndexOf('/')))
  for (const note of notes.filter((one) => !manifests.has(digestOf(one)))) {
    const digest = digestOf(note)
    // Under its lock: somebody may push it just now.
    if (remove && digest && !(await isThere(context, digest))) {
      await deleteManifest(context, digest)
    }
    yield swept('note', note)
  }

  const gone = below(keys.tags).filter((tag) => isGone(tag.size) && isOld(tag))
  const canDelete = gone.length > 0 && remove && (await deletesOnCondition(store))
  for (const tag of gone) {
    yield swept('tag', tag, canDelete && (await deleteSame(context, tag)))
  }

  const blobs = below(keys.blobs).filter(isOld)
  const unnamed = blobs.length > 0 ? await withoutManifest(context, blobs) : []
  for (const blob of unnamed) {
    if (remove) await deleteObject(store, blob.key)
    yield swept('blob', blob)
  }
}

/** False where it is something else by now. */
async function deleteSame({ store }: Context, { key, etag }: Listed): Promise<boolean> {
  const headers = { 'if-match': etag }
  const { status } = await store.send({ method: 'DELETE', key, headers, answers: [404, 412] })
  return status !== 412
}

async function isThere({ store, keys }: Context, digest: string): Promise<boolean> {
  const key = `${keys.manifests}${digest}`
  return (await store.send({ method: 'HEAD', key, answers: [404] })).status !== 404
}

/** Blobs whose digests stand in no manifest, wherever in its text that would be. */
async function withoutManifest(
  { store, keys }: Context,
  blobs: readonly Listed[],
): Promise<readonly Listed[]> {
  const named = new Set<string>()
  const read = new Set<string>()
  // Again, for those that came while the others were read.
  for (let more = true; more; ) {
    const unread: string[] = []
    for await (const { key } of listAll(store, { prefix: keys.manifests })) {
      if (!read.has(key)) unread.push(key)
    }
    more = unread.length > 0
    await forEach(unread, async (key) => {
      read.add(key)
      const found = await getObject(store, key)
      const text = new TextDecoder().decode(found?.bytes)
      for (const [digest] of text.matchAll(/sha(?:256|384|512):[0-9a-f]{64,128}/g))
        named.add(digest)
    })
  }
  return blobs.filter(({ key }) => !named.has(digestIn(key) ?? ''))
}
