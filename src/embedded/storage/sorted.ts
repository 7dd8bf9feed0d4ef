/**
 * A map in the order of its keys' UTF-16 units, which for tags and digests is the order of bytes. One
 * step of reading costs a binary search, however many entries there are.
 *
 * @module
 */

/** A map that can be read in order, from any key on. */
export interface Sorted<Value> {
  readonly size: number
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  /** False where there was none. */
  delete(key: string): boolean
  /** The entry after a key, whether that is there or not; the first one where no key is given. */
  next(after?: string): readonly [key: string, value: Value] | undefined
}

/** Makes an empty map. */
export function createSorted<Value>(): Sorted<Value> {
  const keys: string[] = []
  const values = new Map<string, Value>()

  /** Where a key is, or would be. */
  const place = (key: string): number => {
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    get size() {
      return keys.length
    },
    get: (key) => values.get(key),
    set(key, value) {
      if (!values.has(key)) keys.splice(place(key), 0, key)
      values.set(key, value)
    },
    delete(key) {
      if (!values.delete(key)) return false
      keys.splice(place(key), 1)
      return true
    },
    next(after) {
      const at = after === undefined ? 0 : place(after) + (values.has(after) ? 1 : 0)
      const key = keys[at]
      return key === undefined ? undefined : [key, values.get(key)!]
    },
  }
}
