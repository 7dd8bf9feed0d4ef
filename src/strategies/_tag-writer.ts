/**
 * Writing the referrers tag without losing anybody's update (distribution-spec 1.1, "Referrers Tag
 * Schema", which leaves the race open). No registry in the field honours conditional writes, so:
 *
 * - in one process, writers to one tag are merged into one read and one write;
 * - between processes, read, merge, write within {@link WINDOW}, wait longer than that, read back,
 *   and repeat with jitter while an entry is missing. Merged are our entries and those this process
 *   has seen there that are missing now though their manifest still answers;
 * - where a registry does honour conditions, a 412 means merge and write again.
 *
 * Nothing is ever deleted by digest here, and nothing overwritten that is no referrers index.
 *
 * @module
 */
import { ConflictError, RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { referrersTag } from '../model/referrers-tag.ts'
import { delay, untilAborted } from '../registry/abort.ts'
import { internals, type Repository } from '../registry/repository.ts'
import { readReferrersTag, type TagState } from './_referrers-tag.ts'
import { findGone, readBack, readTag, writeTag } from './_tag-index.ts'

/**
 * Longest time from the start of a read to the write that builds on it, in milliseconds. One value
 * for all clients: each must outwait the slowest of the others.
 */
const WINDOW = 300
/** Wait before reading back, in milliseconds: longer than the window by a write's flight. */
const SETTLE = 400
const MAX_ROUNDS = 20
const MAX_WRITERS = 256

/** One wanted change, and its caller. */
interface Change {
  readonly entry: Descriptor
  readonly present: boolean
  readonly repo: Repository
  readonly settle: number
  readonly signal: AbortSignal | undefined
  readonly done: (confirmed: boolean) => void
  readonly failed: (error: unknown) => void
}

/** What this process knows of one tag. */
interface Writer {
  readonly subject: Digest
  readonly queue: Change[]
  running: boolean
  /** Entries seen at the tag, and not taken out by us. */
  readonly seen: Map<Digest, Descriptor>
  /** A read that was started early. */
  ahead: Promise<TagState> | undefined
}

const writers = /* @__PURE__ */ new WeakMap<object, Map<string, Writer>>()

/** Starts the read that {@link changeTag} will need. */
export function readAhead(repo: Repository, subject: Digest): void {
  const writer = writerOf(repo, subject)
  if (writer.running) return
  writer.ahead = readReferrersTag(repo, subject, { intent: 'push' })
  writer.ahead.catch(() => {})
}

/**
 * Puts an entry into the index at the subject's referrers tag, or takes it out.
 *
 * Requests: `GET` tag, `PUT` tag, `GET` tag to read back, shared by all concurrent callers; only the
 * first `GET` when nothing has to change.
 *
 * @returns `true` when the entry was read back as wanted, `false` when it could not be read back
 * @throws `ConflictError` when the tag holds something else, or others kept overwriting it
 */
export async function changeTag(
  repo: Repository,
  subject: Digest,
  change: {
    readonly entry: Descriptor
    readonly present: boolean
    readonly settle?: number | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<boolean> {
  const { entry, present, settle = SETTLE, signal } = change
  signal?.throwIfAborted()
  const writer = writerOf(repo, subject)
  const outcome = new Promise<boolean>((done, failed) => {
    writer.queue.push({ entry, present, repo, settle, signal, done, failed })
  })
  if (!writer.running) void drain(writer)
  return untilAborted(outcome, signal)
}

function writerOf(repo: Repository, subject: Digest): Writer {
  const { identity, origin } = repo[internals]
  const own = writers.get(identity) ?? new Map<string, Writer>()
  writers.set(identity, own)
  const key = `${origin.origin}/${repo.name}@${subject}`
  const writer = own.get(key) ?? {
    subject,
    queue: [],
    running: false,
    seen: new Map(),
    ahead: undefined,
  }
  // Latest last: the oldest idle ones are forgotten.
  own.delete(key)
  own.set(key, writer)
  for (const [old, { running, queue }] of own) {
    if (own.size <= MAX_WRITERS) break
    if (!running && queue.length === 0) own.delete(old)
  }
  return writer
}

/** The changes that one write carries. */
interface Batch {
  readonly changes: Change[]
  /** Aborts when every caller has. */
  readonly stop: AbortController
  readonly onAbort: () => void
}

async function drain(writer: Writer): Promise<void> {
  writer.running = true
  while (writer.queue.length > 0) {
    const stop = new AbortController()
    const changes: Change[] = []
    const onAbort = () => {
      if (changes.every(({ signal }) => signal?.aborted)) stop.abort(changes[0]?.signal?.reason)
    }
    const batch = { changes, stop, onAbort }
    try {
      const confirmed = await writeBatch(writer, batch)
      for (const change of changes) change.done(confirmed)
    } catch (error) {
      for (const change of changes) change.failed(error)
    } finally {
      for (const { signal } of changes) signal?.removeEventListener('abort', onAbort)
    }
  }
  writer.running = false
}

/** Takes in who has come meanwhile: all that is wanted before a write goes into it. */
function join(writer: Writer, batch: Batch): void {
  for (const change of writer.queue.splice(0)) {
    batch.changes.push(change)
    change.signal?.addEventListener('abort', batch.onAbort)
  }
}

/** Rounds of read, merge, write and read back, until all changes of a batch are seen to hold. */
async function writeBatch(writer: Writer, batch: Batch): Promise<boolean> {
  join(writer, batch)
  const { changes } = batch
  const { signal } = batch.stop
  const { repo } = changes[0]!
  const { subject } = writer
  const gone = new Set<Digest>()
  let early = writer.ahead
  writer.ahead = undefined
  let written = false
  let late = 0

  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const state = (await early?.catch(() => undefined)) ?? (await readTag(repo, subject, signal))
    early = undefined
    join(writer, batch)
    if (state.foreign) {
      // Nothing to take out of it; and nothing may be put into it.
      if (changes.every(({ present }) => !present)) return true
      throw foreignTag(subject, state.foreign, round)
    }
    const merged = await merge(writer, state, changes, gone, signal)
    if (merged === undefined) return true

    // Too slow to build on: somebody may have written since. A network that is always so slow gets
    // its write all the same, and a longer wait after it.
    const age = performance.now() - state.at
    if (age > WINDOW && late++ < 3) continue
    const outcome = await writeTag(repo, state, merged, signal)
    if (outcome === 'changed') {
      await delay(Math.random() * WINDOW, signal)
      continue
    }
    if (outcome instanceof RegistryError) {
      const missing = await findGone(repo, merged, signal)
      if (missing.size === 0) throw outcome
      for (const digest of missing) gone.add(digest)
      continue
    }
    written = true
    const elapsed = performance.now() - state.at
    const settle = Math.max(...changes.map((change) => change.settle))
    if (settle > 0) await delay(elapsed > settle ? 2 * elapsed : settle, signal)
    const after = await readBack(repo, subject, signal)
    if (!after) return false
    if (!after.foreign && (await merge(writer, after, changes, gone, signal)) === undefined)
      return true
    await delay(Math.random() * WINDOW, signal)
  }
  throw new ConflictError(
    `Others kept changing the tag ${referrersTag(subject)}: ${written ? 'the entry was overwritten' : 'nothing was written'} in ${MAX_ROUNDS} rounds; try again, or link with a strategy that shares no tag`,
    referrersTag(subject),
    MAX_ROUNDS,
  )
}

/** The wanted entries, or `undefined` when the tag holds them already. */
async function merge(
  writer: Writer,
  state: TagState,
  changes: readonly Change[],
  gone: ReadonlySet<Digest>,
  signal: AbortSignal,
): Promise<readonly Descriptor[] | undefined> {
  const { repo } = changes[0]!
  const wanted = new Map(state.entries.map((entry) => [entry.digest, entry]))
  let changed = wanted.size !== state.entries.length
  for (const digest of gone) changed = wanted.delete(digest) || changed
  for (const { entry, present, signal: given } of changes) {
    if (given?.aborted) continue
    if (!present) {
      writer.seen.delete(entry.digest)
      changed = wanted.delete(entry.digest) || changed
    } else if (!wanted.has(entry.digest)) {
      wanted.set(entry.digest, entry)
      changed = true
    }
  }
  // Seen before and missing now: overwritten by another writer, or detached with its manifest.
  const lost = [...writer.seen.values()].filter(({ digest }) => !wanted.has(digest))
  const missing = await findGone(repo, lost, signal)
  for (const entry of lost) {
    if (missing.has(entry.digest)) writer.seen.delete(entry.digest)
    else {
      wanted.set(entry.digest, entry)
      changed = true
    }
  }
  for (const entry of state.entries)
    if (wanted.has(entry.digest)) writer.seen.set(entry.digest, entry)
  return changed ? [...wanted.values()] : undefined
}

function foreignTag(subject: Digest, what: string, attempts: number): ConflictError {
  const tag = referrersTag(subject)
  return new ConflictError(
    `The tag ${tag} should list the referrers of ${subject} but holds ${what}; it was left as it is. Move that tag away, or use a registry with the referrers API`,
    tag,
    attempts,
  )
}
