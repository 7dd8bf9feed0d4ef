/**
 * What repair() finds, and what it did about it.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'

/** One entry that is wrong. */
export interface RepairStep {
  /**
   * Corrects an entry of the referrers tag, takes it out, or pushes the manifest again so that the registry lists it.
   */
  readonly action: 'correct-entry' | 'remove-entry' | 'list-again'
  readonly subject: Digest
  /** The referrer. */
  readonly digest: Digest
  /** The fields that are wrong, of an entry that is corrected. */
  readonly fields?: readonly string[]
  readonly reason: string
}

/** A step, with what is written. */
export interface PlannedRepair extends RepairStep {
  readonly entry: Descriptor
}

/** A step, and what became of it. */
export interface RepairItem extends RepairStep {
  readonly status: 'planned' | 'done' | 'failed'
  /** Why it was not done, for people. */
  readonly error?: string
}

/** Something at a referrers tag that was left as it is. */
export interface LeftEntry {
  readonly subject: Digest
  /** Absent for what has no digest, and for a tag that holds something else than a list. */
  readonly digest?: Digest
  readonly reason: string
  /** Whether its manifest could not be read, so that it may be wrong. */
  readonly unread?: true
}

/** What repair() did, or would do. As JSON it says the same. */
export interface Repair {
  readonly registry: string
  readonly repository: string
  /** The image. */
  readonly subject: Digest
  readonly dryRun: boolean
  readonly items: readonly RepairItem[]
  readonly left: readonly LeftEntry[]
  /**
   * Whether all could be read, and all that was found wrong is right now; what belongs to something else, and is left as
   * it is, does not count.
   */
  readonly complete: boolean
}
