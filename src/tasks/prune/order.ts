/**
 * The order of deletes. What is attached goes before what it is attached to, and an index before what it lists, so that
 * nothing points at what is gone. But a list of referrers goes after them: whoever goes on where a run was broken off
 * finds them by it.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { addTo } from '../lib/add-to.ts'
import type { Index } from './dead.ts'

/** What has to go before each manifest, of those that go. */
export function waitsFor(
  { attachedTo, listed, documents }: Index,
  dead: ReadonlyMap<Digest, unknown>,
): ReadonlyMap<Digest, readonly Digest[]> {
  const waits = new Map<Digest, Digest[]>()
  const add = (digest: Digest, before: Digest) => {
    if (dead.has(digest) && dead.has(before)) addTo(waits, digest, before)
  }
  for (const [from, edges] of attachedTo) for (const { to } of edges) add(to, from)
  for (const [from, digests] of listed) {
    for (const to of digests) documents.has(from) ? add(from, to) : add(to, from)
  }
  return waits
}

/** All of them, each after what it waits for. */
export function inOrder(
  dead: ReadonlyMap<Digest, unknown>,
  waits: ReadonlyMap<Digest, readonly Digest[]>,
): readonly Digest[] {
  const next = new Map<Digest, Digest[]>()
  const left = new Map<Digest, number>()
  for (const [digest, before] of waits) {
    left.set(digest, before.length)
    for (const one of before) addTo(next, one, digest)
  }
  const order = [...dead.keys()].filter((digest) => !left.has(digest))
  for (const digest of order) {
    for (const other of next.get(digest) ?? []) {
      const count = left.get(other)! - 1
      left.set(other, count)
      if (count === 0) order.push(other)
    }
  }
  return order
}
