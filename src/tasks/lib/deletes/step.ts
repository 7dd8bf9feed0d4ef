/**
 * What a call that deletes would do, and what became of it.
 *
 * @module
 */
import { type Digest, isDigest } from '../../../model/digest.ts'
import { type Check, isObject } from '../../../platform/options.ts'

/** One thing to do, and why. */
export interface DeleteStep {
  /**
   * Deletes a manifest, with the tags that lead to it; or a tag alone, because what it leads to stays; or takes
   * entries out of the index at a referrers tag.
   */
  readonly action: 'delete-manifest' | 'delete-tag' | 'remove-entries'
  /** What is deleted, or what the tag leads to. */
  readonly digest: Digest
  /** The tag, or the link tags that go with the manifest. */
  readonly tags: readonly string[]
  /** The entries that are taken out, and whose list it is. */
  readonly entries?: readonly Digest[]
  readonly subject?: Digest
  /** What the manifest is attached to. */
  readonly attachedTo?: readonly Digest[]
  readonly reason: string
  /** What must still be gone when it is done: without it there is no reason. */
  readonly because: readonly Digest[]
  /** Manifests that go before. */
  readonly after: readonly Digest[]
}

/** What stays though nothing needs it, and why. */
export interface KeptManifest {
  readonly digest: Digest
  readonly reason: string
}

/** One thing that was to be done, and what became of it. */
export interface DeletedItem extends DeleteStep {
  /**
   * `gone`: it was not there any more. `refused`: the registry does not do it. `stale`: what it rested on has changed.
   * `stays`: it is needed by something that could not be deleted, or is not in the plan.
   */
  readonly status: 'planned' | 'done' | 'gone' | 'refused' | 'failed' | 'stale' | 'stays'
  /** Why it was not done, for people. */
  readonly error?: string
}

/** How far a call that deletes is. */
export interface DeleteProgress {
  /** What has just ended. */
  readonly item: DeletedItem
  /** How many items have ended, of how many. */
  readonly items: { readonly done: number; readonly total: number }
}

const isList = (value: unknown, isOne: (one: unknown) => boolean) =>
  Array.isArray(value) && value.every(isOne)
const actions: readonly unknown[] = ['delete-manifest', 'delete-tag', 'remove-entries']

/** A plan that was made before, also read from JSON. */
export function planOf(call: string): Check {
  return [
    `what ${call} gave: "items", each with action, digest, tags and after`,
    (value) => isObject(value) && Array.isArray(value.items) && value.items.every(isItem),
  ]
}

function isItem(value: unknown): boolean {
  if (!isObject(value)) return false
  const {
    action,
    digest,
    tags,
    subject,
    after,
    attachedTo = [],
    entries = [],
    because = [],
  } = value
  const isWhole = action !== 'remove-entries' || (isDigest(subject) && value.entries !== undefined)
  return (
    actions.includes(action) &&
    isWhole &&
    isDigest(digest) &&
    isList(tags, (tag) => typeof tag === 'string') &&
    [after, attachedTo, entries, because].every((list) => isList(list, isDigest))
  )
}
