/**
 * A repository as data: its tags, its manifests, and what leads from one to another.
 *
 * @module
 */
import type { Annotations } from '../../model/annotations.ts'
import type { Digest } from '../../model/digest.ts'
import type { SuccessorRole } from '../../model/successors.ts'

/** A tag, and what it leads to. */
export interface GraphTag {
  readonly tag: string
  /** Whether somebody chose it, or it links something by its spelling. */
  readonly kind: 'named' | 'link'
  /** Absent where the list has a tag that leads to nothing, or that cannot be read. */
  readonly digest?: Digest
  /**
   * What a link tag is about, where the tag holds the whole digest; of sha384 and sha512 where it is the referrers tag, and
   * what that lists names one that fits.
   */
  readonly subject?: Digest
}

/** A manifest, or what is known of one that is not there. */
export interface GraphManifest {
  readonly digest: Digest
  /** `gone` where the registry says that it has no such manifest; `unknown` where it could not be read. */
  readonly status: 'there' | 'gone' | 'unknown'
  readonly mediaType?: string
  /** Bytes. */
  readonly size?: number
  readonly artifactType?: string
  readonly annotations?: Annotations
  /** A tag that somebody chose and that reaches it: by itself, by an index, or by what it is attached to. */
  readonly reachedBy?: string
}

/** What one manifest names, or is attached to. */
export interface GraphEdge {
  readonly from: Digest
  readonly to: Digest
  /**
   * The field that names it (`manifest`, `object`, `subject`, `reference`, `refers`); `tag` where a tag made of the
   * subject's digest links it, `entry` where an annotation of an index's entry does, and `list` where the registry
   * alone says so.
   */
  readonly role: Exclude<SuccessorRole, 'config' | 'layer' | 'blob'> | 'tag' | 'entry' | 'list'
  /** The tag, for a `tag`. */
  readonly tag?: string
}

/** Something that could not be read. */
export interface GraphProblem {
  /** A tag, a digest, or `tags`. */
  readonly at: string
  /**
   * `unread`: it may name or link anything. `malformed`: it was read, is no manifest of its type, and counts as listing
   * each digest in it.
   */
  readonly kind: 'unread' | 'malformed'
  readonly reason: string
}

/** A repository as data. */
export interface Graph {
  readonly registry: string
  readonly repository: string
  readonly tags: readonly GraphTag[]
  readonly manifests: readonly GraphManifest[]
  readonly edges: readonly GraphEdge[]
  /** Whether all could be read. Untagged manifests that nothing names are never known: registries list none. */
  readonly complete: boolean
  readonly problems: readonly GraphProblem[]
}
