/**
 * Steps of pushing and deleting a manifest. Each may be done again without changing anything.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../model/digest.ts'
import { allEnded } from '../platform/all-ended.ts'
import { listAll } from './client/list.ts'
import { deleteObject, getObject, putObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { escapedTag, unescaped } from './keys.ts'
import type { LinkObject } from './link-keys.ts'
import { type ReadTag, readTag, writeTag } from './tags.ts'

/** Requests of one write at the same time. */
const AT_ONCE = 16

/** Does something for each of many, a few at a time. */
export async function forEach<T>(
  items: Iterable<T>,
  task: (item: T) => Promise<unknown>,
): Promise<void> {
  const limit = pLimit(AT_ONCE)
  await allEnded([...items].map((item) => limit(task, item)))
}

/** Writes links, and takes away those of before that are not among them. */
export async function writeLinks(
  { store, keys }: Context,
  links: readonly LinkObject[],
  before: readonly string[] | undefined,
  until: number,
): Promise<void> {
  const names = new Set(links.map(({ rest }) => rest))
  const gone = (before ?? []).filter((rest) => !names.has(rest))
  await forEach(links, ({ rest, body = '' }) =>
    putObject(store, keys.link(rest), new TextEncoder().encode(body), { until }),
  )
  await forEach(gone, (rest) => deleteObject(store, keys.link(rest), until))
}

/** Notes that a tag may point at a manifest, before it does. */
export async function noteTag(
  { store, keys }: Context,
  digest: Digest,
  tag: string,
  until: number,
): Promise<void> {
  await putObject(store, keys.tagged(digest) + escapedTag(tag), new Uint8Array(), { until })
}

/** Notes that a push that was for nothing without a tag has moved it. */
export async function noteMoved(
  { store, keys }: Context,
  digest: Digest,
  tag: string,
  id: string,
  until: number,
): Promise<void> {
  const key = keys.tagged(digest) + escapedTag(tag)
  await putObject(store, key, new TextEncoder().encode(id), { until })
}

/** Whether a push has noted that. */
export async function hasMoved(
  { store, keys }: Context,
  digest: Digest,
  tag: string,
  id: string,
  until: number,
): Promise<boolean> {
  const found = await getObject(store, keys.tagged(digest) + escapedTag(tag), until)
  return found !== undefined && new TextDecoder().decode(found.bytes) === id
}

/** Tags that were noted for a manifest, whether they point at it or not. */
export async function notedTags({ store, keys }: Context, digest: Digest): Promise<string[]> {
  const prefix = keys.tagged(digest)
  const tags: string[] = []
  for await (const { key } of listAll(store, { prefix })) {
    tags.push(unescaped(key.slice(prefix.length)))
  }
  return tags
}

/** Points a tag at a manifest, whatever it points at: of two at the same time one is the last. */
export async function moveTag(
  { store, keys }: Context,
  tag: string,
  digest: Digest,
  read: ReadTag,
  until: number,
): Promise<void> {
  let { condition } = read
  while (!(await writeTag(store, keys, tag, digest, condition, until))) {
    condition = (await readTag(store, keys, tag, until)).condition
  }
}

/** Ends a tag, as long as it points at a manifest. */
export async function untag(
  { store, keys }: Context,
  tag: string,
  digest: Digest,
  until: number,
): Promise<void> {
  for (;;) {
    const read = await readTag(store, keys, tag, until)
    if (read.digest !== digest) return
    if (await writeTag(store, keys, tag, undefined, read.condition, until)) return
  }
}

/** Takes a manifest away that has neither tags nor links. */
export async function forget(context: Context, digest: Digest, until: number): Promise<void> {
  const { store, keys } = context
  await deleteObject(store, keys.manifest(digest), until)
  await deleteObject(store, keys.linked(digest), until)
  await forEach(await notedTags(context, digest), (tag) =>
    deleteObject(store, keys.tagged(digest) + escapedTag(tag), until),
  )
}
