/**
 * Pushing and deleting manifests. What is listed or tagged is there: a manifest is written before its
 * tags and links, and deleted after them.
 *
 * @module
 */
import type { Expected, Link, StoredManifest } from '../embedded/storage/storage.ts'
import type { Digest } from '../model/digest.ts'
import { allEnded } from '../platform/all-ended.ts'
import type { Context } from './context.ts'
import { erase } from './erase.ts'
import { type LinkObject, linkObjects } from './link-keys.ts'
import { type LockedTag, takeLock } from './lock.ts'
import { recover } from './recover.ts'
import { forEach, forget, moveTag, noteMoved, noteTag, writeLinks } from './steps.ts'
import { describeManifest, type FoundManifest, writeManifest } from './stored-manifest.ts'
import { type ReadTag, readTag, writeTag } from './tags.ts'

/**
 * Pushes a manifest, its links and its tags.
 *
 * @returns false, and nothing is changed, where what was expected is not there any more
 */
export async function pushManifest(
  context: Context,
  manifest: StoredManifest,
  tags: readonly string[],
  links: readonly Link[],
  expected: Expected = {},
): Promise<boolean> {
  const { store, keys } = context
  const { digest } = manifest
  const read = new Map<string, ReadTag>()
  await forEach(tags, async (tag) => read.set(tag, await readTag(store, keys, tag)))
  const must = [...(expected.tags ?? [])]
  if (must.some(([tag, before]) => read.get(tag)?.digest !== before)) return false
  const isStrict = (tag: string) => expected.tags?.has(tag) ?? false
  const locked = [...read].map(([tag, { condition }]): LockedTag => {
    const etag = condition.is === 'same' ? condition.etag : null
    return { tag, etag, ...(isStrict(tag) && { must: true }) }
  })
  const lock = await takeLock(context, digest, { does: 'push', tags: locked }, (left, found) =>
    recover(context, left, found),
  )
  const { until, record } = lock
  if (expected.manifest !== undefined) {
    const found = await describeManifest(context, digest, until)
    if ((found !== undefined) !== expected.manifest) {
      await lock.release()
      return false
    }
  }
  const before = keys.link('').length
  const wanted = links.flatMap((link) => linkObjects(link, digest, before))
  const by = { id: record.id, until }
  const [isNew] = await allEnded<unknown>([
    writeManifest(context, manifest, wanted, { ...by, over: false }),
    forEach(tags, (tag) => noteTag(context, digest, tag, until)),
  ])
  const there = isNew ? undefined : await describeManifest(context, digest, until)
  const isOurs = isNew || there?.pushedBy === record.id
  for (const tag of tags.filter(isStrict)) {
    const { condition } = read.get(tag)!
    if (await writeTag(store, keys, tag, digest, condition, until)) {
      await noteMoved(context, digest, tag, record.id, until)
      continue
    }
    if (isOurs) await forget(context, digest, until)
    await lock.release()
    return false
  }
  if (!isOurs && !(there && isSame(there, manifest, wanted))) {
    await lock.change({ without: there?.links.map(({ rest }) => rest) })
    await writeManifest(context, manifest, wanted, { ...by, over: true })
  }
  const others = tags.filter((tag) => !isStrict(tag))
  await allEnded([
    forEach(others, (tag) => moveTag(context, tag, digest, read.get(tag)!, until)),
    writeLinks(context, wanted, lock.record.without, until),
  ])
  await lock.release()
  return true
}

/**
 * Deletes a manifest, with the tags that point at it and its links.
 *
 * @returns false where there was none
 */
export async function deleteManifest(context: Context, digest: Digest): Promise<boolean> {
  const lock = await takeLock(context, digest, { does: 'delete' }, (left, found) =>
    recover(context, left, found),
  )
  const wasThere = await erase(context, digest, lock.until)
  await lock.release()
  return wasThere
}

/** Whether what is there has the same type, size and links. */
function isSame(
  there: FoundManifest,
  { mediaType, bytes }: StoredManifest,
  wanted: readonly LinkObject[],
): boolean {
  const isWhole = there.mediaType === mediaType && there.size === bytes.byteLength
  return isWhole && JSON.stringify(there.links) === JSON.stringify(wanted)
}
