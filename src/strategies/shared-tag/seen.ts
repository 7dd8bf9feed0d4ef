/**
 * What this process has seen at shared tags, so that an entry which another writer overwrites comes back. It is what
 * registries answered, so it has bounds; what is forgotten is not restored.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'

/** Entries of one tag: those that came last are those that a race may lose. */
export const MAX_SEEN = 1000

/** Characters, as JSON, of the entries of all tags of one identity: 4 indexes of the largest size. */
export const MAX_SEEN_SIZE: number = 16 * 1024 * 1024

/** Entries by key, the latest last. */
export interface Seen {
  readonly entries: Map<string, Descriptor>
  /** Characters, as JSON. */
  size: number
}

/** Nothing seen yet. */
export function nothingSeen(): Seen {
  return { entries: new Map(), size: 0 }
}

/** Remembers an entry. */
export function remember(seen: Seen, key: string, entry: Descriptor): void {
  const { entries } = seen
  const known = entries.get(key)
  entries.set(key, entry)
  if (known === entry) return
  seen.size += sizeOf(entry) - (known ? sizeOf(known) : 0)
  for (const oldest of entries.keys()) {
    if (entries.size <= MAX_SEEN) return
    forget(seen, oldest)
  }
}

/** Forgets an entry. */
export function forget(seen: Seen, key: string): void {
  const known = seen.entries.get(key)
  if (!known) return
  seen.size -= sizeOf(known)
  seen.entries.delete(key)
}

/** Forgets all entries of the first tags, as long as all together are too large. */
export function forgetOldest(tags: Iterable<{ readonly seen: Seen }>): void {
  const all = [...tags]
  let size = all.reduce((sum, { seen }) => sum + seen.size, 0)
  for (const { seen } of all) {
    if (size <= MAX_SEEN_SIZE) return
    size -= seen.size
    seen.size = 0
    seen.entries.clear()
  }
}

function sizeOf(entry: Descriptor): number {
  return JSON.stringify(entry).length
}
