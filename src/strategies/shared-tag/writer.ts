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
import { delay, untilAborted } from '../../platform/abort.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Change, ChangedTag, TagChange } from './batch.ts'
import { readDocument, type TagDocument, type TagState } from './document.ts'
import { WINDOW, writeBatch } from './rounds.ts'
import { MAX_SEEN, remember } from './seen.ts'
import { type Writer, writerOf } from './writers.ts'

/** Wait before reading back, in milliseconds: longer than the window by a write's flight. */
const SETTLE = 400

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
 * Says what a caller has seen at a tag that it is about to change: what the next read lacks of it, though its content is
 * there, is put back.
 */
export function rememberTag(
  repo: Repository,
  document: TagDocument,
  { entries }: Pick<TagState, 'entries'>,
): void {
  const { seen } = writerOf<Change>(repo, document)
  for (const entry of entries.slice(-MAX_SEEN)) remember(seen, document.key(entry), entry)
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
