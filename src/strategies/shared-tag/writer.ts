/**
 * Writes a document at one tag that other clients write too, without losing an update: the referrers tag
 * (distribution-spec 1.1, "Referrers Tag Schema", which leaves the race open), cosign's tags and proposal F's index. No
 * deployed registry honours conditional writes, so:
 *
 * - in one process, writers to one tag are merged into one read and one write;
 * - between processes, read, merge, write within {@link WINDOW}, wait longer than that, read back,
 *   and repeat with jitter while an entry is missing. Merged are our entries and those that this process
 *   has seen there and that were overwritten since;
 * - where a registry does honour conditions, a 412 means merge and write again.
 *
 * Nothing is deleted by digest here, and other content is never overwritten.
 *
 * @module
 */
import { ConflictError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { isObject } from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { earliest, readDocument, type TagDocument, type TagState } from './document.ts'
import { encodeTag, findGone, readSettled, readTag, removeTag, writeTag } from './requests.ts'
import { forget, MAX_SEEN, remember } from './seen.ts'
import { type Writer, writerOf } from './writers.ts'

/**
 * Longest time from the start of a read to the write that builds on it, in milliseconds. One value
 * for all clients: each must outwait the slowest of the others.
 */
const WINDOW = 300
/** Wait before reading back, in milliseconds: longer than the window by a write's flight. */
const SETTLE = 400
export const MAX_ROUNDS = 20
/** Entries that one change looks up because they are missing at the tag; where others take out more, it gives up. */
export const MAX_LOOKUPS = 2000

/** A change of one entry. */
export interface TagChange {
  readonly entry: Descriptor
  readonly present: boolean
  /** Write it over one of the same key that says something else; else what is there stays. */
  readonly replace?: boolean | undefined
  /** What the caller has read at the tag: within the window it is not read again. */
  readonly state?: TagState | undefined
  /** Milliseconds to wait before the tag is read back. */
  readonly settle?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The result of a change. */
export interface ChangedTag {
  /** Whether the entry was read back as wanted; `false` when it could not be read back. */
  readonly confirmed: boolean
  /** What is at the tag: as it was read, else as it was written. */
  readonly stored: StoredManifest | undefined
}

/** One wanted change, and its caller. */
interface Change extends TagChange {
  readonly repo: Repository
  readonly settle: number
  readonly done: (changed: ChangedTag) => void
  readonly failed: (error: unknown) => void
}

/** Starts the read that {@link changeTag} will need. */
export function readAhead(repo: Repository, document: TagDocument, signal?: AbortSignal): void {
  const writer = writerOf<Change>(repo, document)
  if (writer.running) return
  const read = readDocument(repo, document, { intent: 'push', signal })
  writer.ahead = read
  const drop = () => {
    if (writer.ahead === read) writer.ahead = undefined
  }
  // No write builds on what is older, and an attach that failed leaves up to 4 MiB behind.
  read.then(() => delay(WINDOW)).then(drop, drop)
}

/**
 * Puts an entry into the document at a tag, or takes it out.
 *
 * Requests: `GET` tag, `PUT` tag, `GET` tag to read back, shared by all concurrent callers; only the
 * first `GET` when nothing has to change.
 *
 * @returns `true` when the entry was read back as wanted, `false` when it could not be read back
 * @throws `ConflictError` when the tag holds something else, or others kept overwriting it
 */
export async function changeTag(
  repo: Repository,
  document: TagDocument,
  change: TagChange,
): Promise<boolean> {
  return (await changeDocument(repo, document, change)).confirmed
}

/**
 * {@link changeTag} that also gives what is at the tag then. Changes that are made without waiting in between are in
 * one write.
 */
export async function changeDocument(
  repo: Repository,
  document: TagDocument,
  change: TagChange,
): Promise<ChangedTag> {
  const { settle = SETTLE, signal } = change
  signal?.throwIfAborted()
  const writer = writerOf<Change>(repo, document)
  const outcome = new Promise<ChangedTag>((done, failed) => {
    writer.queue.push({ ...change, repo, settle, done, failed })
  })
  if (!writer.running) void drain(writer)
  return untilAborted(outcome, signal)
}

/** The changes that one write carries. */
interface Batch {
  readonly changes: Change[]
  /** Aborts when every caller has. */
  readonly stop: AbortController
  readonly onAbort: () => void
  /** Entries that were looked up. */
  lookups: number
}

async function drain(writer: Writer<Change>): Promise<void> {
  writer.running = true
  while (writer.queue.length > 0) {
    const stop = new AbortController()
    const changes: Change[] = []
    const onAbort = () => {
      if (changes.every(({ signal }) => signal?.aborted)) stop.abort(changes[0]?.signal?.reason)
    }
    const batch = { changes, stop, onAbort, lookups: 0 }
    try {
      const changed = await writeBatch(writer, batch)
      for (const change of changes) change.done(changed)
    } catch (error) {
      for (const change of changes) change.failed(error)
    } finally {
      for (const { signal } of changes) signal?.removeEventListener('abort', onAbort)
      writer.ended = performance.now()
    }
  }
  writer.running = false
}

/** Adds the changes that were queued meanwhile: they are part of the next write. */
function join(writer: Writer<Change>, batch: Batch): void {
  for (const change of writer.queue.splice(0)) {
    batch.changes.push(change)
    change.signal?.addEventListener('abort', batch.onAbort)
  }
}

/** Rounds of read, merge, write and read back, until all changes of a batch are seen to hold. */
async function writeBatch(writer: Writer<Change>, batch: Batch): Promise<ChangedTag> {
  join(writer, batch)
  const { changes } = batch
  const { signal } = batch.stop
  const { repo } = changes[0]!
  const { document } = writer
  const gone = new Set<string>()
  const pushed = new Set<Digest>()
  // Left behind by an attach that failed, it may be older than what a caller knows.
  const ahead = changes.every(({ present }) => present) && (await writer.ahead?.catch(() => {}))
  writer.ahead = undefined
  const known = ahead || earliest(changes.map(({ state }) => state))
  // This process may have written since a caller read the tag.
  const usable = known && (known === ahead || known.at > writer.ended)
  let early = usable && performance.now() - known.at <= WINDOW ? known : undefined
  let written = false
  let late = ahead && !early ? 1 : 0

  let refused: TagState | undefined
  let round = 0
  while (++round <= MAX_ROUNDS && batch.lookups <= MAX_LOOKUPS) {
    // Waited for in any case: changes that are made in one go are in one write.
    const read = await (early ?? readTag(repo, document, signal))
    const plain = refused && refused.stored?.descriptor.digest === read.stored?.descriptor.digest
    const state = plain ? { ...read, plain } : read
    early = undefined
    join(writer, batch)
    if (state.foreign) {
      // Such a document is not changed.
      if (changes.some(({ present }) => present)) throw foreignTag(document, state.foreign, round)
      const keys = changes.map(({ entry }) => document.key(entry))
      const confirmed = !state.entries.some((entry) => keys.includes(document.key(entry)))
      return { confirmed, stored: state.stored }
    }
    const merged = await merge(writer, state, batch, gone)
    if (merged === undefined) return { confirmed: true, stored: state.stored }

    // Entries that cannot be read are kept by the document: they are somebody's.
    const kept = state.unreadable?.length ?? 0
    const removes = merged.length + kept === 0 && document.leavesWithLast
    const encode = () => encodeTag(repo, document, state, merged, pushed, signal)
    const encoded = removes ? undefined : await encode()
    // Too old to build on: another client may have written since. A network that is always so slow gets
    // its write all the same, and a longer wait after it.
    const age = performance.now() - state.at
    if (age > WINDOW && late++ < 3) continue
    const outcome = encoded
      ? await writeTag(repo, document, state, encoded, signal)
      : await removeTag(repo, document, state, encode, signal)
    if (outcome === 'changed') {
      refused = state
      await delay(backoff(0, WINDOW), signal)
      continue
    }
    if (outcome instanceof RegistryError) {
      // Own entries were pushed just now: one that is missing is an error, and not dropped.
      const own = new Set(changes.map(({ entry }) => document.key(entry)))
      const others = merged.filter((entry) => !own.has(document.key(entry)))
      const missing = await findGone(repo, document, others, signal)
      if (missing.length === 0) throw outcome
      for (const entry of missing) gone.add(document.key(entry))
      continue
    }
    written = true
    const settle = Math.max(...changes.map((change) => change.settle))
    const write = { began: state.at, settle, written: outcome, contended: round > 1 }
    const after = await readSettled(repo, document, write, signal)
    if (!after) return { confirmed: false, stored: outcome }
    if (!after.foreign && (await merge(writer, after, batch, gone)) === undefined)
      return { confirmed: true, stored: after.stored }
    await delay(backoff(0, WINDOW), signal)
  }
  const { tag, alternatives } = document
  throw new ConflictError(
    `Others kept changing the tag ${tag}: ${written ? 'the entry was overwritten' : 'nothing was written'} in ${round - 1} rounds; try again, or link with ${alternatives.join(', ')}`,
    tag,
    round - 1,
    { alternatives },
  )
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

/** The wanted entries, or `undefined` when the tag holds them already. */
async function merge(
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

function foreignTag(document: TagDocument, what: string, attempts: number): ConflictError {
  const { tag, purpose, alternatives } = document
  const message = `The tag ${tag} should ${purpose} but holds ${what}; it was left as it is. Move that tag away, or link with ${alternatives.join(', ')}`
  return new ConflictError(message, tag, attempts, { alternatives })
}
