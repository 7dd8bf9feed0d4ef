/**
 * Locks: who writes or deletes a manifest leaves an object that says so, and takes it away at the end. So
 * writes of one digest never overlap, and who finds an old lock knows what was not finished.
 *
 * A holder stops at half of the lease, so that whoever takes over at its end is alone. Ages are told by the
 * store's clock alone.
 *
 * @module
 */
import { isTag } from '../embedded/wire/names.ts'
import { ConnectionError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { delay } from '../platform/abort.ts'
import { backoff } from '../platform/backoff.ts'
import { isObject } from '../platform/options.ts'
import { clockOf } from './client/list.ts'
import {
  absent,
  type Condition,
  getObject,
  putObjectIf,
  requireHeader,
  same,
} from './client/objects.ts'
import type { Context } from './context.ts'
import { nonce } from './nonce.ts'
import { isTexts, readJson } from './stored-json.ts'

/** What a lock's object says. */
export interface LockRecord {
  readonly does: 'push' | 'delete'
  /** Of the write that it was taken for: like no other's. */
  readonly id: string
  /** Tags that a push moves, and as what it read them; `null` where there was none. */
  readonly tags?: readonly LockedTag[] | undefined
  /** Names of links that the manifest came with before, and may not have any more. */
  readonly without?: readonly string[] | undefined
}

/** A tag that is to be moved. */
export interface LockedTag {
  readonly tag: string
  readonly etag: string | null
  /** Whether the push is for nothing where the tag is something else. */
  readonly must?: boolean | undefined
}

/** A lock that is held. */
export interface Lock {
  readonly record: LockRecord
  /** When its holder must have stopped, on the clock of `performance.now()`. */
  readonly until: number
  /** Says something else in it. */
  change(more: Partial<LockRecord>): Promise<void>
  release(): Promise<void>
}

/** A lock that somebody else holds, or left. */
export interface FoundLock {
  readonly record: LockRecord
  readonly etag: string
  /** Milliseconds. */
  readonly age: number
}

/** Most of one wait for somebody else, in milliseconds. */
const WAIT = 200

/**
 * Takes the lock of a manifest.
 *
 * @param recover - finishes or undoes what somebody left
 * @throws `ConnectionError` `TIMEOUT` where others hold it for longer than a lease
 */
export async function takeLock(
  context: Context,
  digest: Digest,
  record: Omit<LockRecord, 'id'>,
  recover: (digest: Digest, found: FoundLock) => Promise<void>,
): Promise<Lock> {
  const { lease } = context
  const patience = performance.now() + lease * 1.5 + 5000
  for (let failures = 0; ; failures += 1) {
    const lock = await writeLock(context, digest, { ...record, id: nonce() }, absent)
    if (lock) return lock
    const found = await findLock(context, digest)
    if (found && found.age > lease) await recover(digest, found)
    else if (performance.now() > patience) throw busy(context, digest)
    else await delay(found ? backoff(Math.min(failures, 4), WAIT / 8) : 0)
  }
}

/** Takes over a lock that was left; undefined where somebody else was faster. */
export function takeOver(
  context: Context,
  digest: Digest,
  { record, etag }: FoundLock,
): Promise<Lock | undefined> {
  return writeLock(context, digest, record, same(etag))
}

/** Reads the lock of a manifest. */
export async function findLock(
  { store, keys }: Context,
  digest: Digest,
): Promise<FoundLock | undefined> {
  const key = keys.lock(digest)
  const found = await getObject(store, key)
  if (!found) return undefined
  // Of a damaged one, what can be done for any: a manifest that is there gets its links.
  const record: LockRecord = readJson(found.bytes, isRecord) ?? { does: 'push', id: '' }
  const modified = Date.parse(requireHeader(store, key, found.headers, 'Last-Modified'))
  return { record, etag: found.etag, age: clockOf(found.headers) - modified }
}

async function writeLock(
  { store, keys, lease }: Context,
  digest: Digest,
  wanted: LockRecord,
  condition: Condition,
): Promise<Lock | undefined> {
  const until = performance.now() + lease / 2
  const key = keys.lock(digest)
  let record = wanted
  let etag = await putObjectIf(store, key, encode(record), condition, { until })
  if (etag === undefined) return undefined
  return {
    get record() {
      return record
    },
    until,
    async change(more) {
      record = { ...record, ...more }
      etag = await putObjectIf(store, key, encode(record), same(etag!), { until })
      if (etag === undefined) throw lost(store.place.show(key))
    },
    // Not a second time without an answer to the first: it may be somebody else's by then. What is left of it is
    // taken over at the end of its lease, by who finds everything done.
    async release() {
      const once = { method: 'DELETE', key, until, answers: [404], isOnce: true } as const
      await store.send(once).catch(() => {})
    },
  }
}

function isRecord(value: unknown): value is LockRecord {
  if (!isObject(value)) return false
  const { does, id, tags = [], without = [] } = value
  const isWhole = (does === 'push' || does === 'delete') && typeof id === 'string'
  return isWhole && isTexts(without) && Array.isArray(tags) && tags.every(isLockedTag)
}

function isLockedTag(value: unknown): value is LockedTag {
  if (!isObject(value)) return false
  const { tag, etag } = value
  return typeof tag === 'string' && isTag(tag) && (etag === null || typeof etag === 'string')
}

function encode(record: LockRecord): Uint8Array<ArrayBuffer> {
  // No two writes are the same, or one could not be told from another.
  return new TextEncoder().encode(JSON.stringify({ ...record, nonce: nonce() }))
}

function busy({ store, keys }: Context, digest: Digest): ConnectionError {
  const url = store.place.show(keys.lock(digest))
  return new ConnectionError('TIMEOUT', `another process did not end its work on ${digest}`, url)
}

function lost(url: string): ConnectionError {
  return new ConnectionError('TIMEOUT', 'the write took longer than its lease', url)
}
