/**
 * What the embedded registry needs from a place that keeps content. The registry checks everything
 * before it calls; a storage only keeps, finds and forgets.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'

/** Keeps the content of all repositories. */
export interface Storage {
  /** One repository's content. Reading creates nothing; the first write does. */
  repository(name: string): RepositoryStorage
  /**
   * Forgets the content of all repositories, for `reset()` of a registry.
   *
   * @default it stays
   */
  clear?(): Promise<void>
  /**
   * Finds out whether content can be reached now, for those who ask whether a server is ready.
   *
   * @default it always can
   * @throws where it cannot
   */
  check?(signal: AbortSignal): Promise<void>
}

/** One repository's content. Writes to manifests and tags never overlap, unless it has {@link SharedWrites}. */
export interface RepositoryStorage {
  /**
   * Writes of a storage that other processes write to as well.
   *
   * @default none: this process alone writes, and all writes come one after the other
   */
  readonly shared?: SharedWrites | undefined

  /** Whether anything was ever written here. */
  exists(): Promise<boolean>

  /** @param use - what for, where that is known: what is far away is then asked less */
  findBlob(digest: Digest, use?: BlobUse): Promise<StoredBlob | undefined>
  /** Starts a blob whose digest is not known yet. */
  writeBlob(): Promise<BlobWriter>
  /**
   * Keeps uploads between their requests.
   *
   * @default they are known to the process alone in which they began
   */
  readonly uploads?: StoredUploads | undefined
  /** Makes another repository's blob this one's too; false where it is in neither. */
  linkBlob(digest: Digest, from: string): Promise<boolean>
  /** False where there was none. */
  deleteBlob(digest: Digest): Promise<boolean>

  findManifest(digest: Digest): Promise<StoredManifest | undefined>
  /**
   * Finds out whether a manifest is there, its type and its size.
   *
   * @default as {@link findManifest} has it, which costs its bytes
   */
  headManifest?(digest: Digest): Promise<Descriptor | undefined>
  /** Keeps a manifest, replaces its links, and points tags at it: all at once or nothing. */
  putManifest(
    manifest: StoredManifest,
    tags: readonly string[],
    links: readonly Link[],
  ): Promise<void>
  /** Forgets a manifest, its links and its tags, all at once; false where there was none. */
  deleteManifest(digest: Digest): Promise<boolean>

  findTag(tag: string): Promise<Digest | undefined>
  /** False where there was none. */
  deleteTag(tag: string): Promise<boolean>
  /** Tags in the order of bytes, those after `after`. Reading costs by what is taken, not by all. */
  listTags(after?: string): AsyncIterable<StoredTag>
  /** What refers to a manifest, in the order of positions. Reading costs by what is taken. */
  listReferrers(subject: Digest, query?: ReferrersQuery): AsyncIterable<Descriptor>
  /**
   * Another object after each change of what {@link listReferrers} gives for a subject: what was made of a list is
   * good as long as this is the same. Undefined where that is not known.
   *
   * @default not known: each list is read
   */
  listState?(subject: Digest): Promise<object | undefined>

  /**
   * Resolves when every change of manifests and tags made so far would survive a crash; rejects, and
   * forgets those changes, where that cannot be. Called before a change is acknowledged, and outside
   * of what keeps writes from overlapping, so that a storage can make many changes last at once.
   */
  sync(): Promise<void>
}

/** Writes that may overlap with any other, and so are told what was there when they were checked. */
export interface SharedWrites {
  /** As that of a repository; false, and nothing changes, where `expected` is not what is there any more. */
  putManifest(
    manifest: StoredManifest,
    tags: readonly string[],
    links: readonly Link[],
    expected: Expected,
  ): Promise<boolean>
  /** False, and nothing changes, where the tag does not point there any more. */
  deleteTag(tag: string, expected: Digest): Promise<boolean>
}

/** Uploads that any process can go on with. Before its first byte, an upload is nothing but its id. */
export interface StoredUploads {
  /** Begins one, with an id that no other has and that tells when it was given and for which repository. */
  begin(): Promise<{ readonly id: string; readonly writer: BlobWriter }>
  /**
   * Goes on with an upload, as it is in the storage now.
   *
   * @param idle - seconds after which one that nobody uses has ended
   * @returns undefined for an id that was not given for this repository, or whose upload has ended
   */
  resume(id: string, idle: number): Promise<BlobWriter | undefined>
  /** Ends an upload that will be no blob, for all processes. */
  cancel(id: string): Promise<void>
  /** Takes away, once in a while, what is left of uploads that nobody uses. */
  expire(idle: number): Promise<void>
}

/** What was there when a write was checked; what is left out need not be the same any more. */
export interface Expected {
  /** Tags, and what they pointed at. */
  readonly tags?: ReadonlyMap<string, Digest | undefined> | undefined
  /** Whether there was a manifest of this digest. */
  readonly manifest?: boolean | undefined
}

/** What a blob is looked for for. */
export interface BlobUse {
  /** `check`: it is enough that it was there a moment ago. `read`: it will be streamed. */
  readonly to: 'check' | 'read'
  /** The `Range` header by which it will be read. */
  readonly range?: string | undefined
}

/** That a manifest refers to another. */
export interface Link {
  /** In which way: `subject` for the field of OCI 1.1; others are the proposals'. */
  readonly relation: string
  /** What is referred to; need not be there. */
  readonly subject: Digest
  /** What is listed for it: as a rule the manifest that the link came with. */
  readonly referrer: Descriptor
  /**
   * Its place among others, by the order of UTF-16 units; always the same for the same referrer.
   *
   * @default its digest
   */
  readonly position?: string | undefined
}

/** Which referrers, and from where on. */
export interface ReferrersQuery {
  /** Only those after this position, which need not be taken. */
  readonly after?: string | undefined
  /** Only those of one of these types. */
  readonly artifactTypes?: readonly string[] | undefined
  /**
   * Only those that refer in this way.
   *
   * @default 'subject'
   */
  readonly relation?: string | undefined
}

/** A blob that is complete. */
export interface StoredBlob {
  /** Size in bytes. */
  readonly size: number
  /** Bytes from `start` up to and without `end`; all of them by default. */
  stream(start?: number, end?: number): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * The same bytes at once: called for a few only, which nobody changes. Undefined where they have to be streamed.
   *
   * @default they are streamed
   */
  read?(start: number, end: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /**
   * An address to which a reader is sent instead.
   *
   * @default none: it is streamed
   */
  readonly location?: string | undefined
  /** Lets go of a blob that was found to be read, and will not be. */
  drop?(): void
}

/** A blob being written: bytes are appended, then it is committed or discarded, once. */
export interface BlobWriter {
  /** Bytes appended so far. */
  readonly size: number
  /** Appends a copy of the bytes; resolves when more may come. */
  append(bytes: Uint8Array): Promise<void>
  /** What was appended so far, for a digest of another algorithm. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * Gives back memory and handles until more comes: called where a request has ended before the blob
   * has.
   *
   * @default nothing is given back
   */
  release?(): Promise<void>
  /** Keeps the blob under a digest that the caller has checked. */
  commit(digest: Digest): Promise<void>
  discard(): Promise<void>
}

/** A manifest, byte for byte as it was pushed. */
export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A tag and what it points at. */
export interface StoredTag {
  readonly tag: string
  /** Left out where a list does not know it: `findTag` does. */
  readonly digest?: Digest | undefined
}
