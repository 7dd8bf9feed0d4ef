/**
 * What is to be said of an item of a plan that a plan made now does not have.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Repository } from '../../../registry/repository.ts'
import type { StoredManifest } from '../../../registry/stored-manifest.ts'
import { lookUp } from '../../graph/look-up.ts'
import { outline } from '../../graph/outline.ts'
import type { DeletedItem, DeleteStep } from './step.ts'

/** Requests under way. */
const AT_ONCE = 12

/** An item that does not hold any more. */
export function outdated(step: DeleteStep): DeletedItem {
  return { ...step, status: 'stale', error: 'what it rested on has changed: make a new plan' }
}

/**
 * Items that hold no more, each `gone` where the registry says so, as after another run of the plan; else `stale`.
 *
 * Requests: `GET` of the manifest, or of the tag, of each.
 */
export function goneOrOutdated(
  repo: Repository,
  items: readonly DeletedItem[],
  signal: AbortSignal | undefined,
): Promise<readonly DeletedItem[]> {
  return pLimit(AT_ONCE).map([...items], async ({ error: _, ...item }) => {
    const { action, digest, tags, entries = [] } = item
    const reference = action === 'delete-manifest' ? digest : (tags[0] ?? digest)
    const now = await lookUp(repo, reference, [], signal)
    const lists = (found: StoredManifest) =>
      outline(found).named.some(({ to }) => entries.includes(to))
    const isDone =
      now === 'gone' || (action === 'remove-entries' && typeof now !== 'string' && !lists(now))
    return isDone ? { ...item, status: 'gone' } : outdated(item)
  })
}
