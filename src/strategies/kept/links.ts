/**
 * Links that a registry lists, and that clients list at the referrers tag where it does not. OCI 1.1 and
 * proposal B differ in what is here.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { WrittenReferrer } from '../lib/put.ts'
import type { PointsAt } from '../lib/referrer.ts'
import type { Via } from '../strategy.ts'
import type { ListApi } from './list-api.ts'

/** A kind of links that are kept so. */
export interface KeptLinks {
  readonly api: ListApi
  readonly viaApi: Via
  readonly viaTag: Via
  readonly pointsAt: PointsAt
  /** The same of what the registry lists. */
  readonly listedPointsAt?: PointsAt
  /** The same of an entry of the referrers tag that says itself that it is of this kind. */
  readonly ownPointsAt?: PointsAt
  /** Whether an entry of the referrers tag is of this kind; `undefined` where its manifest must tell. */
  isOwn(entry: Descriptor, subject: Digest): boolean | undefined
  /** The entry as it stands at the referrers tag, with what tells it from the other kind. */
  mark?(entry: Descriptor, subject: Descriptor): Descriptor
  /**
   * Learns from the answers to the writes whether the registry lists what was written.
   *
   * @returns `'ask'` where only the list itself tells
   */
  learn(repo: Repository, subject: Digest, written: readonly WrittenReferrer[]): boolean | 'ask'
}
