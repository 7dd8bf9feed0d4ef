/**
 * Whether there is a repository: it has content, or had some.
 *
 * @module
 */
import { listPage } from './client/list.ts'
import { putObject } from './client/objects.ts'
import type { Context } from './context.ts'

/** Whether anything was ever written. What is only being written comes after all else in this order. */
export async function isKnown({ store, keys }: Context): Promise<boolean> {
  const { objects } = await listPage(store, { prefix: keys.all, most: 1 })
  const [first] = objects
  return first !== undefined && first.key < keys.pending
}

/** Says that there is this repository, before the last that is in it may be deleted. */
export async function markKnown({ store, keys, name, marked }: Context): Promise<void> {
  if (marked.has(name)) return
  await putObject(store, keys.known, new Uint8Array())
  marked.set(name, true)
}
