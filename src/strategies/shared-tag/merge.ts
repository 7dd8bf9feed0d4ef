/**
 * What a document is to hold, from what it holds, what is to change, and what was overwritten.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { isObject } from '../../platform/options.ts'
import type { Batch, Change } from './batch.ts'
import type { TagState } from './document.ts'
import { forget, MAX_SEEN, remember } from './seen.ts'
import type { Writer } from './writers.ts'

/** The wanted entries, or `undefined` when the tag holds them already. */
export async function merge(
  writer: Writer<Change>,
  state: TagState,
  batch: Batch,
  gone: ReadonlySet<string>,
): Promise<readonly Descriptor[] | undefined> {
  const { changes, stop } = batch
  const { repo } = changes[0]!
  const { document, seen } = writer
  const wanted = new Map(state.entries.map((entry) => [document.key(entry), entry]))
  let changed = wanted.size !== state.entries.length
  for (const key of gone) changed = wanted.delete(key) || changed
  for (const { entry, present, replace, signal: given } of changes) {
    if (given?.aborted) continue
    const key = document.key(entry)
    if (!present) {
      forget(seen, key)
      changed = wanted.delete(key) || changed
    } else if (!wanted.has(key) || (replace && !sameEntry(wanted.get(key), entry))) {
      wanted.set(key, entry)
      changed = true
    }
  }
  // Seen before and missing now: overwritten by another writer, or removed.
  const missing = [...seen.entries].filter(([key]) => !wanted.has(key))
  if (document.isLost) batch.lookups += missing.length
  await Promise.all(
    missing.map(async ([key, entry]) => {
      if (await document.isLost?.(repo, entry, stop.signal)) {
        wanted.set(key, entry)
        changed = true
      } else {
        forget(seen, key)
      }
    }),
  )
  const there = new Set(state.entries)
  const own = [...wanted].filter(([, entry]) => there.has(entry))
  for (const [key, entry] of own.slice(-MAX_SEEN)) remember(seen, key, entry)
  return changed ? [...wanted.values()] : undefined
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1)

/** Whether two entries say the same, in whatever order. */
function sameEntry(a: object | undefined, b: object): boolean {
  const text = (entry: object | undefined) =>
    JSON.stringify(entry, (_, part) =>
      isObject(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part,
    )
  return text(a) === text(b)
}
