/**
 * Writes to one subject that overlap. Some registries change the list of a subject by reading, adding and writing it,
 * and lose one of two that come at the same time (olareg 0.2.2: about one in eight pairs), though they acknowledge
 * both. So the last of those who write together looks at the list for all of them; who writes alone does
 * not.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'

/** What is listed of some writes; `'unread'` where that cannot be told. */
export type Listed = ReadonlySet<Digest> | 'unread'

/** Writes to one subject that are under way at once. */
interface Group<W> {
  pending: number
  readonly writes: W[]
  /** Whether there were others just before. */
  readonly crowded: boolean
  readonly waiting: ((listed: Promise<Listed> | undefined) => void)[]
}

/** By registry, repository and subject; gone when the writes have ended. */
const groups = /* @__PURE__ */ new Map<string, Group<unknown>>()
/** Where the list is being looked at. */
const looking = /* @__PURE__ */ new Set<string>()

/**
 * Says that writes to a subject begin.
 *
 * @param look - looks what is listed of the writes of all, and writes again what is not
 * @returns says that they have ended, with those that were done; resolves when those of all others have ended too, to
 *   `undefined` where there were no others
 */
export function beginWrites<W>(
  repo: Repository,
  subject: Digest,
  look: (writes: readonly W[]) => Promise<Listed>,
): (writes: readonly W[]) => Promise<Listed | undefined> {
  const key = `${internalsOf(repo).origin.href}${repo.name}@${subject}`
  const known = groups.get(key) as Group<W> | undefined
  const group = known ?? { pending: 0, writes: [], crowded: looking.has(key), waiting: [] }
  groups.set(key, group)
  group.pending += 1
  return async (writes) => {
    group.pending -= 1
    group.writes.push(...writes)
    if (group.pending > 0) return new Promise((resolve) => group.waiting.push(resolve))
    groups.delete(key)
    const { length } = group.writes
    const together = length > 1 || (length > 0 && group.crowded)
    if (together) looking.add(key)
    const listed = together ? look(group.writes).finally(() => looking.delete(key)) : undefined
    for (const resolve of group.waiting) resolve(listed)
    return listed
  }
}
