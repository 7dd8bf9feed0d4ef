/**
 * A map with bounds: a number of entries, and a life.
 *
 * @module
 */

/** What a map keeps. */
export interface RecentMapOptions {
  /** Entries; beyond them the one that was set longest ago is forgotten. */
  readonly most: number
  /**
   * Milliseconds after which an entry is forgotten.
   *
   * @default Infinity
   */
  readonly life?: number | undefined
}

/** Keeps what was set last. */
export interface RecentMap<Key, Value> {
  readonly size: number
  get(key: Key): Value | undefined
  has(key: Key): boolean
  /** Sets an entry, whose life begins anew. */
  set(key: Key, value: Value): void
  delete(key: Key): boolean
  clear(): void
  /** From what was set longest ago to what was set last. */
  keys(): Iterable<Key>
}

/** Makes an empty map. No call costs more than the entries that it forgets. */
export function createRecentMap<Key, Value>(options: RecentMapOptions): RecentMap<Key, Value> {
  const { most, life = Number.POSITIVE_INFINITY } = options
  // In the order in which they were set, which with one life for all is that in which they end.
  const entries = new Map<Key, { readonly value: Value; readonly ends: number }>()

  function forgetEnded(): void {
    const now = Date.now()
    for (const [key, { ends }] of entries) {
      if (ends > now) return
      entries.delete(key)
    }
  }
  function get(key: Key): Value | undefined {
    forgetEnded()
    return entries.get(key)?.value
  }
  return {
    get size() {
      forgetEnded()
      return entries.size
    },
    get,
    has(key) {
      forgetEnded()
      return entries.has(key)
    },
    set(key, value) {
      forgetEnded()
      entries.delete(key)
      entries.set(key, { value, ends: Date.now() + life })
      for (const oldest of entries.keys()) {
        if (entries.size <= most) break
        entries.delete(oldest)
      }
    },
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
    keys: () => entries.keys(),
  }
}
