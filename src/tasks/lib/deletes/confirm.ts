/**
 * Whether what was deleted is gone. There are registries that delete a manifest and leave its tags, which go on
 * answering with it (go-containerregistry's), and answers of 202 that nothing came of.
 *
 * @module
 */
import pLimit from 'p-limit'
import { AuthError } from '../../../errors.ts'
import type { Digest } from '../../../model/digest.ts'
import { delay } from '../../../platform/abort.ts'
import { deleteIfAllowed } from '../../../registry/delete-allowed.ts'
import { EVERY_TYPE } from '../../../registry/every-type.ts'
import { tagTargets } from '../../../registry/lists/tag-targets.ts'
import { allTags, isUnknownName } from '../../../registry/lists/tags.ts'
import { findManifest } from '../../../registry/manifests.ts'
import { reachOf } from '../../../registry/reach.ts'
import type { Repository } from '../../../registry/repository.ts'
import { toError } from '../to-error.ts'
import type { DeletedItem, DeleteStep } from './step.ts'
import { isListed, type StillListed } from './still-listed.ts'

/** A tag by which somebody has named what is deleted. */
export interface NamedTag {
  readonly tag: string
  readonly digest: Digest
}

/** Requests under way. */
const AT_ONCE = 12
/** Milliseconds to wait for registries that delete a moment later than they say. */
const WAITS = [100, 400]
/** Where so many came at the same time and none was lost, one that came alone was not either: olareg loses one in eight. */
const ENOUGH = 16

/** What is known of what was deleted. */
export interface Known extends Look {
  readonly listed: StillListed
}

/** How something is looked at. */
export interface Look {
  readonly named?: NamedTag | undefined
  /** Where the repository has more tags, nothing is deleted again. */
  readonly maxTags?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks whether what was done is so. By the registry's lists where it keeps some: one that still has something of it, or
 * cannot be read, does not say of what else the delete was lost. What is in no list is looked up, since deletes that come
 * at the same time get lost together. Without lists by the last item, and where that is still there by all.
 *
 * Requests: where the lists have nothing of it `GET` of what is in none, unless that is one of many; else `GET` of each
 * manifest; without lists those of {@link whatIsLeft}, and where it is there of {@link lookAgain}.
 */
export async function confirm(
  repo: Repository,
  items: readonly DeletedItem[],
  { listed, ...look }: Known,
): Promise<readonly DeletedItem[]> {
  if (listed === undefined) return lookAtLast(repo, items, look)
  const done = items.filter((item) => item.status === 'done' && item.action === 'delete-manifest')
  const isUnclear = listed === 'unread' || done.some(({ digest }) => listed.has(digest))
  const doubtful = isUnclear ? done : done.filter((item) => !isListed(item))
  if (done.length === 0) return lookAtLast(repo, items, look)
  const [one, ...more] = doubtful
  if (!one || (!isUnclear && more.length === 0 && done.length > ENOUGH)) return items
  const seen =
    more.length === 0
      ? await lookAtLast(repo, doubtful, look)
      : await lookAgain(repo, doubtful, 'manifest', look)
  return items.map((item) => seen[doubtful.indexOf(item)] ?? item)
}

async function lookAtLast(
  repo: Repository,
  items: readonly DeletedItem[],
  look: Look,
): Promise<readonly DeletedItem[]> {
  const { named, signal } = look
  const last = lastDone(items)
  if (!last) return items
  const left = await whatIsLeft(repo, last, named, signal).catch(toError)
  signal?.throwIfAborted()
  if (!left) return items
  if (!(left instanceof Error)) return lookAgain(repo, items, left, look)
  return items.map((one) => (one === last ? withFailure(one, left) : one))
}

/** The last manifest that was deleted, else the last tag. */
function lastDone(items: readonly DeletedItem[]): DeletedItem | undefined {
  const done = items.filter(
    ({ status, action }) => status === 'done' && action !== 'remove-entries',
  )
  return done.findLast(({ action }) => action === 'delete-manifest') ?? done.at(-1)
}

/** What is still there: the manifest, or only a tag that answers with it. */
type Left = 'manifest' | 'tag'

/**
 * Whether it is still there. That this cannot be seen any more is no sign of it: some hide what is empty.
 *
 * Requests: `GET` of it; where it is there, of the manifest, up to three times.
 */
async function whatIsLeft(
  repo: Repository,
  step: DeleteStep,
  named: NamedTag | undefined,
  signal: AbortSignal | undefined,
): Promise<Left | undefined> {
  const { action, digest } = step
  // A tag where there is one: it may stay where the manifest goes.
  const [reference = digest] = tagsOf(step, named)
  if (!(await leadsTo(repo, reference, digest, signal))) return undefined
  if (action === 'delete-tag') return 'tag'
  for (const wait of WAITS) {
    if (!(await leadsTo(repo, digest, digest, signal))) {
      return reference === digest ? undefined : 'tag'
    }
    await delay(wait, signal)
  }
  return (await leadsTo(repo, reference, digest, signal)) ? 'manifest' : undefined
}

/**
 * Looks at what was done where some of it is still there: deletes once more what was left and nothing that can be seen
 * needs by now, and says what stays. With its tags a manifest may be somebody's who has pushed it again: it stays.
 *
 * Requests: `GET` of each tag, and of the manifests of these; or of all manifests, up to three times; of what was left
 * those of `whatReaches()`; `DELETE` and `GET` of each tag that was left, and of the manifests one after the other, until
 * one stays all the same.
 */
export async function lookAgain(
  repo: Repository,
  items: readonly DeletedItem[],
  seen: Left,
  { named, maxTags, signal }: Look,
): Promise<readonly DeletedItem[]> {
  /** Some lose deletes that come at the same time; others answer alike to all, and delete nothing. */
  const oneByOne = pLimit(1)
  let deletesNothing = false
  const tagsNow = tagTargets(repo, { maxTags, signal })
  const attachedTo = new Map(items.map((item) => [item.digest, item.attachedTo ?? []]))
  /** Pushed again by somebody, it looks like what was left: what a tag leads to by now stays, with what is attached. */
  const whyNeeded = async (digest: Digest): Promise<string | undefined> => {
    const chain = new Set([digest])
    for (const one of chain) {
      const reached = await reachOf(repo, one, { tags: tagsNow })
      if (reached) return reached.reason
      for (const subject of attachedTo.get(one) ?? []) chain.add(subject)
    }
    return undefined
  }
  const goesAtLast = async (digest: Digest): Promise<boolean> => {
    if (deletesNothing) return false
    await deleteIfAllowed(repo, digest, signal)
    deletesNothing = await leadsTo(repo, digest, digest, signal)
    return !deletesNothing
  }
  const pauses: Promise<void>[] = []
  const isLeft = async (digest: Digest): Promise<boolean> => {
    for (const [i, wait] of WAITS.entries()) {
      if (!(await leadsTo(repo, digest, digest, signal))) return false
      // All of them wait at the same time.
      pauses[i] ??= delay(wait, signal)
      await pauses[i]
    }
    return leadsTo(repo, digest, digest, signal)
  }
  const left = async (item: DeletedItem): Promise<string | undefined> => {
    const { action, digest } = item
    const tags = tagsOf(item, named)
    const isManifest = action === 'delete-manifest'
    const isAsked = isManifest && (seen === 'manifest' || tags.length > 0)
    if (isAsked && (await isLeft(digest))) {
      if (tags.length > 0) return `${digest} still answers with it`
      const needed = await whyNeeded(digest)
      if (needed !== undefined) return `it is there and needed: ${needed}`
      if (!(await oneByOne(() => goesAtLast(digest)))) return `${digest} still answers with it`
    }
    for (const tag of tags) {
      if (!(await leadsTo(repo, tag, digest, signal))) continue
      if (isManifest) await deleteIfAllowed(repo, tag, signal)
      if (await leadsTo(repo, tag, digest, signal)) return `${tag} still answers with it`
    }
    return undefined
  }
  return pLimit(AT_ONCE).map([...items], async (item) => {
    if (item.status !== 'done' || item.action === 'remove-entries') return item
    try {
      const there = await left(item)
      if (there === undefined) return item
      const error = `the registry answered that it was deleted, and ${there}`
      return { ...item, status: 'failed', error }
    } catch (error) {
      signal?.throwIfAborted()
      return { ...item, status: 'failed', error: toError(error).message }
    }
  })
}

/**
 * Looks at all that was done where the list of tags has one of those that were to go.
 *
 * Requests: all pages of tags, where something that was done had one; those of {@link lookAgain}.
 */
export async function lookForTags(
  repo: Repository,
  items: readonly DeletedItem[],
  look: Look,
): Promise<readonly DeletedItem[]> {
  const { signal } = look
  const done = items.filter(
    ({ status, action }) => status === 'done' && action !== 'remove-entries',
  )
  const gone = new Set(done.flatMap(({ tags }) => tags))
  if (gone.size === 0) return items
  try {
    for await (const page of allTags(repo, signal)) {
      if (page.some((tag) => gone.has(tag))) return lookAgain(repo, items, 'manifest', look)
    }
    return items
  } catch (error) {
    signal?.throwIfAborted()
    // Without its last tag distribution knows no repository.
    if (isUnknownName(error) || error instanceof AuthError) return items
    return items.map((item) => (done.includes(item) ? withFailure(item, toError(error)) : item))
  }
}

/** What cannot be looked up again is not said to be done. */
export function withFailure(item: DeletedItem, { message }: Error): DeletedItem {
  return { ...item, status: 'failed', error: `whether it is gone could not be seen: ${message}` }
}

function tagsOf({ digest, tags }: DeleteStep, named: NamedTag | undefined): readonly string[] {
  return named?.digest === digest ? [named.tag, ...tags] : tags
}

async function leadsTo(
  repo: Repository,
  reference: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const now = await findManifest(repo, reference, { accept: EVERY_TYPE, intent: 'push', signal })
    return now?.descriptor.digest === digest
  } catch (error) {
    if (error instanceof AuthError) return false
    throw error
  }
}
