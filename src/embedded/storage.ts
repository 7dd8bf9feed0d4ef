/**
 * What the embedded registry needs from a place that keeps content. The registry checks everything
 * before it calls; a storage only keeps, finds and forgets.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'

/** Keeps the content of all repositories. */
export interface Storage {
  /** One repository's content. Asking creates nothing; the first write does. */
  repository(name: string): RepositoryStorage
}

/** One repository's content. Writes to manifests, tags and referrers never overlap. */
export interface RepositoryStorage {
  /** Whether anything was ever written here. */
  exists(): Promise<boolean>

  findBlob(digest: Digest): Promise<StoredBlob | undefined>
  /** Starts a blob whose digest is not known yet. */
  writeBlob(): Promise<BlobWriter>
  /** Makes another repository's blob this one's too; false where it is in neither. */
  linkBlob(digest: Digest, from: string): Promise<boolean>
  /** False where there was none. */
  deleteBlob(digest: Digest): Promise<boolean>

  findManifest(digest: Digest): Promise<StoredManifest | undefined>
  putManifest(manifest: StoredManifest): Promise<void>
  /** False where there was none. */
  deleteManifest(digest: Digest): Promise<boolean>

  findTag(tag: string): Promise<Digest | undefined>
  putTag(tag: string, digest: Digest): Promise<void>
  /** False where there was none. */
  deleteTag(tag: string): Promise<boolean>
  /** Every tag, in any order. */
  listTags(): Promise<readonly StoredTag[]>

  /** Manifests whose subject this is, in any order. */
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>
  /** Adds or replaces, told apart by the referrer's digest. */
  putReferrer(subject: Digest, referrer: Descriptor): Promise<void>
  deleteReferrer(subject: Digest, referrer: Digest): Promise<void>
}

/** A blob that is complete. */
export interface StoredBlob {
  /** Size in bytes. */
  readonly size: number
  /** Bytes from `start` up to and without `end`; all of them by default. */
  stream(start?: number, end?: number): ReadableStream<Uint8Array<ArrayBuffer>>
}

/** A blob being written: bytes are appended, then it is committed or discarded, once. */
export interface BlobWriter {
  /** Bytes appended so far. */
  readonly size: number
  /** Appends a copy of the bytes; resolves when more may come. */
  append(bytes: Uint8Array): Promise<void>
  /** What was appended so far, for a digest of another algorithm. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
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
  readonly digest: Digest
}
