/**
 * Rounds of read, merge, write and read back, until all changes of a batch are seen to hold.
 *
 * @module
 */
import { ConflictError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { delay } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { type Batch, type Change, type ChangedTag, join } from './batch.ts'
import { earliest, type TagDocument, type TagState } from './document.ts'
import { merge } from './merge.ts'
import { encodeTag, findGone, readSettled, readTag, removeTag, writeTag } from './requests.ts'
import type { Writer } from './writers.ts'

/**
 * Longest time from the start of a read to the write that builds on it, in milliseconds. One value
 * for all clients: each must outwait the slowest of the others.
 */
export const WINDOW = 300
export const MAX_ROUNDS = 20
/** Entries that one change looks up because they are missing at the tag; where others take out more, it gives up. */
export const MAX_LOOKUPS = 2000

/** What the rounds of one batch have in common. */
interface Rounds {
  readonly writer: Writer<Change>
  readonly batch: Batch
  /** Keys of entries whose content is gone. */
  readonly gone: Set<string>
  /** Small blobs that were pushed. */
  readonly pushed: Set<Digest>
  /** How many there were, this one included. */
  count: number
  /** Reads that were too old to build on. */
  late: number
  /** Whether the tag was written. */
  written: boolean
  /** What a write with a condition was built on that was refused. */
  refused?: TagState
}

/**
 * Writes the changes of a batch, and those that come meanwhile.
 *
 * @throws `ConflictError` when the tag holds something else, or others kept overwriting it
 */
export async function writeBatch(writer: Writer<Change>, batch: Batch): Promise<ChangedTag> {
  join(writer, batch)
  const { signal } = batch.stop
  const { repo } = batch.changes[0]!
  const { document } = writer
  const ahead = await readBefore(writer, batch)
  let { early } = ahead
  const rounds: Rounds = {
    writer,
    batch,
    gone: new Set(),
    pushed: new Set(),
    count: 0,
    late: ahead.isLate ? 1 : 0,
    written: false,
  }
  while (++rounds.count <= MAX_ROUNDS && batch.lookups <= MAX_LOOKUPS) {
    // Waited for in any case: changes that are made in one go are in one write.
    const read = await (early ?? readTag(repo, document, signal))
    early = undefined
    join(writer, batch)
    const changed = await writeRound(rounds, read)
    if (changed) return changed
  }
  throw overwritten(document, rounds)
}

/** What was read before the batch began, where a write may still build on it. */
async function readBefore(
  writer: Writer<Change>,
  { changes }: Batch,
): Promise<{ readonly early: TagState | undefined; readonly isLate: boolean }> {
  // Left behind by an attach that failed, it may be older than what a caller knows.
  const ahead = changes.every(({ present }) => present) && (await writer.ahead?.catch(() => {}))
  writer.ahead = undefined
  const known = ahead || earliest(changes.map(({ state }) => state))
  // This process may have written since a caller read the tag.
  const usable = known && (known === ahead || known.at > writer.ended)
  const early = usable && performance.now() - known.at <= WINDOW ? known : undefined
  return { early, isLate: Boolean(ahead) && !early }
}

/** One round; `undefined` where another has to follow. */
async function writeRound(rounds: Rounds, read: TagState): Promise<ChangedTag | undefined> {
  const { writer, batch, refused } = rounds
  const { document } = writer
  const { changes, stop } = batch
  const { repo } = changes[0]!
  // The condition was refused though nobody had written: the next write goes without.
  const plain = refused && refused.stored?.descriptor.digest === read.stored?.descriptor.digest
  const state = plain ? { ...read, plain } : read
  if (state.foreign) return leaveForeign(rounds, state, state.foreign)
  const merged = await merge(writer, state, batch, rounds.gone)
  if (merged === undefined) return { confirmed: true, stored: state.stored }

  const outcome = await write(rounds, state, merged)
  if (outcome === 'late') return undefined
  if (outcome instanceof RegistryError) {
    await dropGone(rounds, merged, outcome)
    return undefined
  }
  if (outcome !== 'changed') {
    rounds.written = true
    const settle = Math.max(...changes.map((change) => change.settle))
    const sent = { began: state.at, settle, written: outcome, contended: rounds.count > 1 }
    const after = await readSettled(repo, document, sent, stop.signal)
    if (!after) return { confirmed: false, stored: outcome }
    if (!after.foreign && (await merge(writer, after, batch, rounds.gone)) === undefined)
      return { confirmed: true, stored: after.stored }
  } else {
    rounds.refused = state
  }
  await delay(backoff(0, WINDOW), stop.signal)
  return undefined
}

/** A document of another kind is not changed. */
function leaveForeign({ writer, batch, count }: Rounds, state: TagState, what: string): ChangedTag {
  const { document } = writer
  const { changes } = batch
  if (changes.some(({ present }) => present)) throw foreignTag(document, what, count)
  const keys = changes.map(({ entry }) => document.key(entry))
  const confirmed = !state.entries.some((entry) => keys.includes(document.key(entry)))
  return { confirmed, stored: state.stored }
}

/** Writes the entries, or takes the tag away with the last of them; `'late'` where the read is too old for that. */
async function write(
  rounds: Rounds,
  state: TagState,
  entries: readonly Descriptor[],
): Promise<StoredManifest | undefined | 'changed' | 'late' | RegistryError> {
  const { writer, batch, pushed } = rounds
  const { document } = writer
  const { signal } = batch.stop
  const { repo } = batch.changes[0]!
  // Entries that cannot be read are kept by the document: they are somebody's.
  const kept = state.unreadable?.length ?? 0
  const removes = entries.length + kept === 0 && document.leavesWithLast
  const encode = () => encodeTag(repo, document, state, entries, pushed, signal)
  const encoded = removes ? undefined : await encode()
  // Too old to build on: another client may have written since. A network that is always so slow gets
  // its write all the same, and a longer wait after it.
  const age = performance.now() - state.at
  if (age > WINDOW && rounds.late++ < 3) return 'late'
  return encoded
    ? writeTag(repo, document, state, encoded, signal)
    : removeTag(repo, document, state, encode, signal)
}

/** Finds the entries for which a registry refused the document. */
async function dropGone(
  { writer, batch, gone }: Rounds,
  entries: readonly Descriptor[],
  refusal: RegistryError,
): Promise<void> {
  const { document } = writer
  const { repo } = batch.changes[0]!
  // Own entries were pushed just now: one that is missing is an error, and not dropped.
  const own = new Set(batch.changes.map(({ entry }) => document.key(entry)))
  const others = entries.filter((entry) => !own.has(document.key(entry)))
  const missing = await findGone(repo, document, others, batch.stop.signal)
  if (missing.length === 0) throw refusal
  for (const entry of missing) gone.add(document.key(entry))
}

function overwritten(
  { tag, alternatives }: TagDocument,
  { count, written }: Rounds,
): ConflictError {
  const attempts = count - 1
  return new ConflictError(
    `Others kept changing the tag ${tag}: ${written ? 'the entry was overwritten' : 'nothing was written'} in ${attempts} rounds; try again, or link with ${alternatives.join(', ')}`,
    tag,
    attempts,
    { alternatives },
  )
}

function foreignTag(document: TagDocument, what: string, attempts: number): ConflictError {
  const { tag, purpose, alternatives } = document
  const message = `The tag ${tag} should ${purpose} but holds ${what}; it was left as it is. Move that tag away, or link with ${alternatives.join(', ')}`
  return new ConflictError(message, tag, attempts, { alternatives })
}
