/**
 * Changes of one document, and those that are written together.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { TagState } from './document.ts'
import type { Writer } from './writers.ts'

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
export interface Change extends TagChange {
  readonly repo: Repository
  readonly settle: number
  readonly done: (changed: ChangedTag) => void
  readonly failed: (error: unknown) => void
}

/** The changes that one write carries. */
export interface Batch {
  readonly changes: Change[]
  /** Aborts when every caller has. */
  readonly stop: AbortController
  readonly onAbort: () => void
  /** Entries that were looked up. */
  lookups: number
}

/** Adds the changes that were queued meanwhile: they are part of the next write. */
export function join(writer: Writer<Change>, batch: Batch): void {
  for (const change of writer.queue.splice(0)) {
    batch.changes.push(change)
    change.signal?.addEventListener('abort', batch.onAbort)
  }
}
