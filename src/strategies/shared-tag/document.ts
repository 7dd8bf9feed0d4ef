/**
 * A document that several writers share at one tag: how it is read, what its entries are, and how
 * they are written back. The kinds differ as data; the writer treats them alike.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Entries } from '../../model/entries.ts'
import { findManifest, headManifest } from '../../registry/manifests.ts'
import type { ReadManifestOptions } from '../../registry/read-manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { SmallBlob } from '../strategy.ts'

/** A document taken apart. */
export interface Inspected {
  readonly entries: readonly Descriptor[]
  /** Entries that are no descriptors: kept as they are, and never looked into. */
  readonly unreadable?: Entries['unreadable']
  /** Why what is there is something else. */
  readonly foreign?: string | undefined
}

/** How one kind of shared document is read. Its entries are descriptors: of manifests, or of layers. */
export interface ReadableDocument {
  readonly tag: string
  /**
   * Reads the entries. `foreign` says why the document must not be written; then the entries are those that may be
   * of this kind all the same, to be listed after a look at their manifests, and never to be written.
   */
  inspect(stored: StoredManifest): Inspected
}

/** The same, with how it is written. */
export interface TagDocument extends ReadableDocument {
  /** What the tag is for, for messages. */
  readonly purpose: string
  /** Names of strategies that do not use this tag: what to link with where it cannot be written. */
  readonly alternatives: readonly string[]
  /** Identifies an entry. */
  key(entry: Descriptor): string
  /**
   * Whether a missing entry was overwritten, and not removed on purpose. Left out where that cannot be known: then
   * no entry is restored, and writers wait longer before they read back.
   */
  isLost?(repo: Repository, entry: Descriptor, signal: AbortSignal): Promise<boolean>
  /**
   * Whether what an entry names exists: for a registry that refuses a document because of missing content.
   * @default isLost
   */
  exists?(repo: Repository, entry: Descriptor, signal: AbortSignal): Promise<boolean>
  /** Whether the tag is deleted with the last entry, and not kept with an empty document. */
  readonly leavesWithLast?: boolean
  /** The document with these entries. */
  encode(
    repo: Repository,
    before: StoredManifest | undefined,
    entries: readonly Descriptor[],
    signal: AbortSignal,
  ): Promise<EncodedDocument>
}

/** A document as it is written. */
export interface EncodedDocument {
  readonly bytes: Uint8Array
  readonly mediaType: string
  /** Small blobs that it names beside its entries, to be pushed before it. */
  readonly blobs?: readonly SmallBlob[]
}

/** The tag's content at one moment. */
export interface TagState extends Inspected {
  /** When the read began, in milliseconds of `performance.now()`. */
  readonly at: number
  /** `undefined` where nothing is at the tag. */
  readonly stored: StoredManifest | undefined
  /** Whether a condition failed although nobody has written since: then none is sent. */
  readonly plain?: boolean
}

/**
 * Reads a shared document.
 *
 * @param find - gives `undefined` where nothing is at the tag
 */
export async function readDocument(
  repo: Repository,
  document: ReadableDocument,
  options: ReadManifestOptions,
  find: typeof findManifest = findManifest,
): Promise<TagState> {
  const at = performance.now()
  const stored = await find(repo, document.tag, options)
  return stored ? { at, stored, ...document.inspect(stored) } : { at, stored, entries: [] }
}

/** The earliest of several reads; `undefined` where one was not made. */
export function earliest(states: readonly (TagState | undefined)[]): TagState | undefined {
  const [first] = states.toSorted((a, b) => (a?.at ?? 0) - (b?.at ?? 0))
  return states.includes(undefined) ? undefined : first
}

/** For documents whose entries are manifests: a client that removes an entry deletes the manifest too. */
export const isLost: NonNullable<TagDocument['isLost']> = async (repo, { digest }, signal) => {
  try {
    return (await headManifest(repo, digest, { intent: 'push', signal })) !== undefined
  } catch (error) {
    // Of one that the registry does not show, nobody can say that it was removed.
    if (isOcilinkError(error, 'AUTH_DENIED', 'REGISTRY_RESPONSE')) return true
    throw error
  }
}
