/**
 * Writes to one subject that overlap. Some registries change the list of a subject by reading, adding and writing it,
 * and lose one of two that come at the same time (olareg 0.2.2: about one in eight pairs), though they acknowledge
 * both; so with deletes. So the last of those who write together looks at the list for all of them; who writes alone
 * does not.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { ownerOf, type Repository } from '../../registry/repository.ts'

/** What is listed of some writes; `'unread'` where that is not known. */
export type Listed = ReadonlySet<Digest> | 'unread'

/** Looks what is listed of the writes of all, and writes again what is not. */
export type Look<W> = (
  writes: readonly W[],
  signals: readonly (AbortSignal | undefined)[],
) => Promise<Listed>

/** Writes to one subject that are under way at once. Closed to others when the first of them has ended. */
interface Group<W> {
  pending: number
  readonly writes: W[]
  readonly signals: (AbortSignal | undefined)[]
  /** The one before it, where that had not ended: these writes may undo its own. */
  before: Group<W> | undefined
  ended?: Promise<Listed | undefined>
  readonly waiting: (() => void)[]
}

/** By identity, then by registry, repository, subject and list: the latest. Gone when it has ended. */
const groups = /* @__PURE__ */ new WeakMap<object, Map<string, Group<unknown>>>()

/**
 * Says that writes to a subject begin.
 *
 * @param list - name of the list that has them
 * @returns says that they have ended, with those that were done; resolves when those of all others have ended too, to
 *   `undefined` where there were no others
 */
export function beginWrites<W>(
  repo: Repository,
  subject: Digest,
  list: string,
  look: Look<W>,
  signal: AbortSignal | undefined,
): (writes: readonly W[]) => Promise<Listed | undefined> {
  const { identity, address } = ownerOf(repo)
  const own = (groups.get(identity) ?? new Map()) as Map<string, Group<W>>
  groups.set(identity, own)
  const key = `${address}@${subject} ${list}`
  const latest = own.get(key)
  const isOpen = latest && latest.writes.length === 0
  const group = isOpen
    ? latest
    : { pending: 0, writes: [], signals: [], before: latest, waiting: [] }
  own.set(key, group)
  group.pending += 1
  group.signals.push(signal)
  return async (writes) => {
    group.pending -= 1
    group.writes.push(...writes)
    if (group.pending > 0) await new Promise<void>((resolve) => group.waiting.push(resolve))
    group.ended ??= finish(group, look).finally(() => {
      group.before = undefined
      if (own.get(key) === group) own.delete(key)
    })
    for (const resolve of group.waiting.splice(0)) resolve()
    return group.ended
  }
}

async function finish<W>(
  { writes, signals, before }: Group<W>,
  look: Look<W>,
): Promise<Listed | undefined> {
  const all = [...(before?.writes ?? []), ...writes]
  return writes.length > 0 && all.length > 1 ? look(all, signals) : undefined
}
