/**
 * What a copy says of what it did.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import type { Source } from '../discover/source.ts'

/** A manifest at the destination. */
export interface CopiedManifest extends Descriptor {
  readonly status: 'copied' | 'present'
}

/** A blob at the destination: its bytes moved, its registry took them from the source, or it was there. */
export interface CopiedBlob extends Descriptor {
  readonly status: 'copied' | 'mounted' | 'present'
}

/** A referrer that is linked at the destination. */
export interface CopiedReferrer extends FoundReferrer {
  /** `relinked` where the destination cannot keep the link as it was, and the given strategy has made another. */
  readonly status: 'copied' | 'present' | 'relinked'
  /** What was linked in its place, where it is `relinked`. */
  readonly as?: readonly Referrer[]
}

/** Something that was found at the source and is not at the destination, or not as it was. */
export interface CopyLoss {
  /** Of the blob, manifest or referrer. */
  readonly digest: Digest
  readonly reason: string
  /** What it was attached to, where it is a link that was lost. */
  readonly subject?: Digest
  /** Names of the strategies by which it was found. */
  readonly strategies?: readonly string[]
  /** The field of the artifact that its new link does not keep. */
  readonly field?: string
  readonly error?: Error
}

/** How far a copy is. Both totals grow while more is found. */
export interface CopyProgress {
  /** Manifests and blobs. */
  readonly items: { readonly done: number; readonly total: number }
  /** What is mounted, or was there, counts as done. */
  readonly bytes: { readonly done: number; readonly total: number }
}

/** What was copied. */
export interface CopyReport {
  /**
   * Whether everything was found and is at the destination: `false` when a source could not be read, when not all was
   * looked at (`cut`), and when there are losses.
   */
  readonly complete: boolean
  /** What the tags lead to. */
  readonly descriptor: Descriptor
  /** The tags at the destination. */
  readonly tags: readonly string[]
  /** Those of the image and of its referrers. */
  readonly manifests: readonly CopiedManifest[]
  readonly blobs: readonly CopiedBlob[]
  /** What was found and is linked at the destination, each once. */
  readonly referrers: readonly CopiedReferrer[]
  readonly losses: readonly CopyLoss[]
  /** What was read for referrers, at the source; and at the destination, where the image was there already. */
  readonly sources: readonly Source[]
  /**
   * Why there may be more than was looked at, beside sources that could not be read: more referrers than
   * `maxReferrers`, or an index with more levels or platforms than one call goes through.
   */
  readonly cut?: Error
  /** How many requests were sent, to both sides. */
  readonly requests: number
  /** Whether nothing was written: the rest says what would have been. */
  readonly dryRun: boolean
}
