/**
 * Finishes, or undoes, what somebody left half-done: a process that ended, or a store that did not answer.
 *
 * @module
 */
import type { Digest } from '../model/digest.ts'
import { listPage } from './client/list.ts'
import type { Context } from './context.ts'
import { erase } from './erase.ts'
import { digestIn } from './keys.ts'
import { type FoundLock, findLock, type Lock, takeOver } from './lock.ts'
import { forget, hasMoved, noteTag, writeLinks } from './steps.ts'
import { describeManifest } from './stored-manifest.ts'
import { readTag, writeTag } from './tags.ts'

/** Takes over an old lock and does the rest, unless somebody else was faster. */
export async function recover(context: Context, digest: Digest, found: FoundLock): Promise<void> {
  const lock = await takeOver(context, digest, found)
  if (!lock) return
  if (lock.record.does === 'delete') await erase(context, digest, lock.until)
  else await finishPush(context, digest, lock)
  await lock.release()
}

/**
 * A push whose manifest is there is finished; one whose manifest is not has done nothing that can be seen. A
 * tag that has moved since is left as it is: that was later. Where the push was to be for nothing then, it is.
 */
async function finishPush(context: Context, digest: Digest, lock: Lock): Promise<void> {
  const { store, keys } = context
  const { until, record } = lock
  const there = await describeManifest(context, digest, until)
  if (!there) return forget(context, digest, until)
  for (const { tag, etag, must = false } of record.tags ?? []) {
    const { digest: current, condition } = await readTag(store, keys, tag, until)
    if (current === digest) continue
    const isUnmoved = (condition.is === 'same' ? condition.etag : null) === etag
    if (isUnmoved) {
      await noteTag(context, digest, tag, until)
      const isMoved = await writeTag(store, keys, tag, digest, condition, until)
      if (must && !isMoved) return undo()
    } else if (must && !(await hasMoved(context, digest, tag, record.id, until))) {
      return undo()
    }
  }
  await writeLinks(context, there.links, record.without, until)

  async function undo(): Promise<void> {
    // Links come after tags, so there are none.
    if (there?.pushedBy === record.id) await forget(context, digest, until)
  }
}

/** Milliseconds for which a repository is not looked through again. */
export const TIDY_EVERY = 5000

/** Old locks that one list finishes. */
const MOST_RECOVERED = 20

/**
 * Looks for half-done writes of a repository, once in a while.
 *
 * @returns whether something was finished or undone
 */
export async function tidy(context: Context): Promise<boolean> {
  const { store, keys, lease, name, tidied } = context
  if (tidied.has(name)) return false
  tidied.set(name, true)
  const { objects, now } = await listPage(store, { prefix: keys.pending })
  const old = objects.filter(({ modified }) => now - modified > lease).slice(0, MOST_RECOVERED)
  for (const { key } of old) {
    const digest = digestIn(key)
    const found = digest && (await findLock(context, digest))
    if (found && found.age > lease) await recover(context, digest, found)
  }
  return old.length > 0
}
