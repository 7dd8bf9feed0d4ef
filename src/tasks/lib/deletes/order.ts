/**
 * The order of deletes. What is attached goes before what it is attached to, and an index before what it lists, so that
 * nothing points at what is gone. But a list of referrers goes after them: whoever goes on where a run was broken off
 * finds them by it.
 *
 * @module
 */
import type { Digest } from '../../../model/digest.ts'
import { addTo } from '../../../platform/add-to.ts'

/** All of them, each after what it waits for; what waits for itself in a circle is left out. */
export function inOrder(
  all: Iterable<Digest>,
  waits: ReadonlyMap<Digest, readonly Digest[]>,
): readonly Digest[] {
  const goes = new Set(all)
  const next = new Map<Digest, Digest[]>()
  const left = new Map<Digest, number>()
  for (const digest of goes) {
    const before = (waits.get(digest) ?? []).filter((one) => goes.has(one))
    if (before.length > 0) left.set(digest, before.length)
    for (const one of before) addTo(next, one, digest)
  }
  const order = [...goes].filter((digest) => !left.has(digest))
  for (const digest of order) {
    for (const other of next.get(digest) ?? []) {
      const count = left.get(other)! - 1
      left.set(other, count)
      if (count === 0) order.push(other)
    }
  }
  return order
}
