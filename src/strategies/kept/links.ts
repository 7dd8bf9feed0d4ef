/**
 * Links that a registry lists, and that clients list at the referrers tag where it does not. OCI 1.1 and proposal B
 * differ only in these fields.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { WrittenReferrer } from '../lib/put.ts'
import type { PointsAt } from '../lib/referrer.ts'
import type { LinkField, Via } from '../strategy.ts'
import type { ListApi } from './list-api.ts'

/** One kind of such links. */
export interface KeptLinks {
  readonly api: ListApi
  readonly viaApi: Via
  readonly viaTag: Via
  readonly pointsAt: PointsAt
  /** The fields of a manifest that make such a link. */
  readonly linkFields: readonly LinkField[]
  /** The same for entries of the registry's list. */
  readonly listedPointsAt?: PointsAt
  /** The same for entries of the referrers tag that are marked as this kind. */
  readonly ownPointsAt?: PointsAt
  /** Whether an entry of the referrers tag is of this kind; `undefined` where only its manifest shows that. */
  isOwn(entry: Descriptor, subject: Digest): boolean | undefined
  /** The entry for the referrers tag, marked as this kind. */
  mark?(entry: Descriptor, subject: Descriptor): Descriptor
  /**
   * Concludes from the answers to the writes whether the registry lists what was written.
   *
   * @returns `'unknown'` where the list itself has to be read
   */
  learn(repo: Repository, subject: Digest, written: readonly WrittenReferrer[]): boolean | 'unknown'
}
