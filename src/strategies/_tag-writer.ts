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
import { ConflictError, ContentError, OcilinkError, RegistryError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { encodeManifest, MANIFEST_LIMIT } from '../model/manifest.ts'
import { IMAGE_INDEX } from '../model/media-types.ts'
import { referrersTag } from '../model/referrers-tag.ts'
import { delay, untilAborted } from '../registry/abort.ts'
import { headManifest, putManifest } from '../registry/manifests.ts'
import { internals, type Repository, warn } from '../registry/repository.ts'
import { readReferrersTag, type TagState } from './_referrers-tag.ts'

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
  queue: Change[]
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
 * @throws {@link ConflictError} when the tag holds something else, or others kept overwriting it
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

async function drain(writer: Writer): Promise<void> {
  writer.running = true
  while (writer.queue.length > 0) {
    const batch = writer.queue
    writer.queue = []
    const stop = new AbortController()
    const onAbort = () => {
      if (batch.every(({ signal }) => signal?.aborted)) stop.abort(batch[0]!.signal!.reason)
    }
    for (const { signal } of batch) signal?.addEventListener('abort', onAbort)
    try {
      const confirmed = await writeBatch(writer, batch, stop.signal)
      for (const change of batch) change.done(confirmed)
    } catch (error) {
      for (const change of batch) change.failed(error)
    } finally {
      for (const { signal } of batch) signal?.removeEventListener('abort', onAbort)
    }
  }
  writer.running = false
}

/** Rounds of read, merge, write and read back, until all changes of a batch are seen to hold. */
async function writeBatch(
  writer: Writer,
  batch: readonly Change[],
  signal: AbortSignal,
): Promise<boolean> {
  const { repo } = batch[0]!
  const { subject } = writer
  const settle = Math.max(...batch.map((change) => change.settle))
  const gone = new Set<Digest>()
  let early = writer.ahead
  writer.ahead = undefined
  let written = false
  let late = 0

  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const state = (await early?.catch(() => undefined)) ?? (await read(repo, subject, signal))
    early = undefined
    if (state.foreign) {
      // Nothing to take out of it; and nothing may be put into it.
      if (batch.every(({ present }) => !present)) return true
      throw foreignTag(subject, state.foreign, round)
    }
    const merged = await merge(writer, state, batch, gone, signal)
    if (merged === undefined) return true

    // Too slow to build on: somebody may have written since. A network that is always so slow gets
    // its write all the same, and a longer wait after it.
    const age = performance.now() - state.at
    if (age > WINDOW && late++ < 3) continue
    const outcome = await write(repo, state, merged, signal)
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
    if (settle > 0) await delay(elapsed > settle ? 2 * elapsed : settle, signal)
    const after = await readBack(repo, subject, signal)
    if (!after) return false
    if (!after.foreign && (await merge(writer, after, batch, gone, signal)) === undefined)
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
  batch: readonly Change[],
  gone: ReadonlySet<Digest>,
  signal: AbortSignal,
): Promise<readonly Descriptor[] | undefined> {
  const { repo } = batch[0]!
  const wanted = new Map(state.entries.map((entry) => [entry.digest, entry]))
  let changed = wanted.size !== state.entries.length
  for (const digest of gone) changed = wanted.delete(digest) || changed
  for (const { entry, present } of batch) {
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

async function write(
  repo: Repository,
  state: TagState,
  manifests: readonly Descriptor[],
  signal: AbortSignal,
): Promise<'written' | 'changed' | RegistryError> {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, ...state.index, manifests } as const
  const bytes = encodeManifest(index)
  if (bytes.byteLength > MANIFEST_LIMIT) {
    throw new ContentError(
      'TOO_LARGE',
      'index of all referrers in bytes',
      MANIFEST_LIMIT,
      bytes.byteLength,
    )
  }
  // A registry that sends no ETag honours no condition, and a page may not be allowed to send one.
  const condition = state.etag
    ? { ifMatch: state.etag }
    : state.index === undefined && repo[internals].sendsEtags
      ? ({ ifNoneMatch: '*' } as const)
      : {}
  try {
    await putManifest(repo, state.tag, bytes, { mediaType: IMAGE_INDEX, signal, ...condition })
    return 'written'
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    if (error.status === 412) return 'changed'
    // The manifest of an entry is gone, and this registry wants them all.
    const dangling = error.errors.some(({ code }) => /^MANIFEST(_BLOB)?_UNKNOWN$/.test(code))
    if (dangling && [400, 404].includes(error.status)) return error
    throw error
  }
}

/** Reads the tag; a registry that is rewriting it may answer 500 meanwhile. */
async function read(repo: Repository, subject: Digest, signal: AbortSignal): Promise<TagState> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readReferrersTag(repo, subject, { intent: 'push', signal })
    } catch (error) {
      const rewritten = error instanceof RegistryError && error.status === 500 && attempt < 5
      if (!rewritten) throw error
      await delay(Math.random() * WINDOW, signal)
    }
  }
}

/** Reads the tag after a write that was accepted: failing to is no failure of the write. */
async function readBack(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<TagState | undefined> {
  try {
    return await read(repo, subject, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof OcilinkError)) throw error
    warn(
      repo,
      `The tag ${referrersTag(subject)} was written but could not be read back: ${error.message}`,
    )
    return undefined
  }
}

async function findGone(
  repo: Repository,
  entries: readonly Descriptor[],
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const gone = new Set<Digest>()
  await Promise.all(
    entries.map(async ({ digest }) => {
      if (!(await headManifest(repo, digest, { intent: 'push', signal }))) gone.add(digest)
    }),
  )
  return gone
}

function foreignTag(subject: Digest, what: string, attempts: number): ConflictError {
  const tag = referrersTag(subject)
  return new ConflictError(
    `The tag ${tag} should list the referrers of ${subject} but holds ${what}; it was left as it is. Move that tag away, or use a registry with the referrers API`,
    tag,
    attempts,
  )
}
