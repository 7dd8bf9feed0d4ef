/**
 * Deleting nodes.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { NODE_MANIFEST } from '../../model/media-types.ts'
import type { Repository } from '../../registry/repository.ts'
import type { PointsAt } from '../lib/referrer.ts'
import { deleteReferrer, findReferrer } from '../lib/withdrawal.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import { NAME } from './via.ts'

/** Deletes a node. */
export async function withdrawNode(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  options: PublishOptions,
): Promise<Withdrawn> {
  const stored = await findReferrer(repo, subject, digest, pointsAt, options)
  // Who has nodes lists them as long as they are there.
  const isListed = async () => true
  const deleted =
    stored !== undefined && (await deleteReferrer(repo, NAME, digest, isListed, options))
  return { digest, deleted, confirmed: true }
}

const pointsAt: PointsAt = (manifest, subject) =>
  manifest.mediaType === NODE_MANIFEST && manifest.reference?.digest === subject
