/**
 * What was used last, within a number of bytes. Our own: lru-cache's types do not compile without Node's.
 *
 * @module
 */

/** Keeps what was used last. */
export interface RecentBytes<Value> {
  /** Counts as a use. */
  get(key: string): Value | undefined
  /** What does not fit at all is not kept. */
  set(key: string, value: Value): void
  forget(key: string): void
}

/** What an entry costs beside its bytes and its key: headers, for one. */
const OVERHEAD = 1024

/**
 * Keeps nothing yet.
 *
 * @param most - bytes of all entries
 */
export function createRecentBytes<Value extends { readonly bytes: Uint8Array }>(
  most: number,
): RecentBytes<Value> {
  // In the order in which they were used.
  const kept = new Map<string, { readonly value: Value; readonly cost: number }>()
  let size = 0
  const forget = (key: string) => {
    const found = kept.get(key)
    if (!found) return
    kept.delete(key)
    size -= found.cost
  }
  return {
    forget,
    get(key) {
      const found = kept.get(key)
      if (!found) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found.value
    },
    set(key, value) {
      forget(key)
      // A key of text has two bytes for each unit at most.
      const cost = value.bytes.byteLength + 2 * key.length + OVERHEAD
      if (cost > most) return
      kept.set(key, { value, cost })
      size += cost
      for (const oldest of kept.keys()) {
        if (size <= most) break
        forget(oldest)
      }
    },
  }
}
