/**
 * Maps of lists.
 *
 * @module
 */

/** Adds to the list at a key. In place: a copy each time makes a long list cost its square. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
