/**
 * The writers of this process: one for each shared tag, so that all changes of a tag go through it.
 *
 * @module
 */
import { ownerOf, type Repository } from '../../registry/repository.ts'
import type { TagDocument, TagState } from './document.ts'
import { forgetOldest, nothingSeen, type Seen } from './seen.ts'

/** Tags that one identity writes; the oldest idle ones are forgotten first. */
export const MAX_WRITERS = 256

/** What this process knows of one tag. */
export interface Writer<Change> {
  readonly document: TagDocument
  readonly queue: Change[]
  running: boolean
  /** Entries seen at the tag, and not taken out by us. */
  readonly seen: Seen
  /** When its last batch was done, in milliseconds of `performance.now()`. */
  ended: number
  /** A read that was started early, for changes that add an entry. */
  ahead?: Promise<TagState> | undefined
}

/** By identity, then by registry, repository, tag and purpose. */
const writers = /* @__PURE__ */ new WeakMap<object, Map<string, Writer<unknown>>>()

/** The writer of a document. */
export function writerOf<Change>(repo: Repository, document: TagDocument): Writer<Change> {
  const { identity, address } = ownerOf(repo)
  const own = writers.get(identity) ?? new Map<string, Writer<unknown>>()
  writers.set(identity, own)
  const key = `${address}:${document.tag} ${document.purpose}`
  const writer = (own.get(key) as Writer<Change> | undefined) ?? {
    ...{ document, queue: [], running: false, seen: nothingSeen(), ended: -1 },
  }
  // Latest last.
  own.delete(key)
  own.set(key, writer as Writer<unknown>)
  for (const [old, { running, queue }] of own) {
    if (own.size <= MAX_WRITERS) break
    if (!running && queue.length === 0) own.delete(old)
  }
  forgetOldest(own.values())
  return writer
}
