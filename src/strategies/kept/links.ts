/**
 * Links that a registry lists, and that clients list at the referrers tag where it does not. OCI 1.1 and proposal B
 * differ only in these fields.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { PointsAt } from '../lib/points-at.ts'
import type { WrittenReferrer } from '../lib/put.ts'
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
  /** Whether an entry of the referrers tag is of this kind. */
  isOwn(entry: Descriptor, subject: Digest): boolean
  /** The entry for the referrers tag, marked as this kind. */
  mark?(entry: Descriptor, subject: Descriptor): Descriptor
  /** Whether the registry says, in its answers to the writes, that it keeps track of what was written. */
  acknowledges(repo: Repository, subject: Digest, written: readonly WrittenReferrer[]): boolean
}
