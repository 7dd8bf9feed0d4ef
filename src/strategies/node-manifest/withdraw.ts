/**
 * Deletes nodes.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { NODE_MANIFEST } from '../../model/media-types.ts'
import { tagNames } from '../../registry/lists/tag-targets.ts'
import type { Repository } from '../../registry/repository.ts'
import type { PointsAt } from '../lib/points-at.ts'
import { deleteReferrer, findReferrer, tagsOf, whyNeeded } from '../lib/withdrawal.ts'
import type { Withdrawn, WithdrawOptions } from '../strategy.ts'
import { NAME } from './via.ts'

/** Deletes a node that nothing else needs. */
export async function withdrawNode(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { linkFields = [] } = options
  const tags = tagsOf(repo, options)
  const [stored] = await Promise.all([
    findReferrer(repo, subject, digest, pointsAt, options),
    tagNames(tags),
  ])
  if (!stored) return { digest, deleted: false, confirmed: true }
  const needed = await whyNeeded(repo, stored, { subject, linkFields }, tags)
  // A registry with nodes lists them as long as they exist.
  const isListed = async () => true
  const deletion = { strategy: NAME, subject, digest, needed, isListed }
  return { digest, ...(await deleteReferrer(repo, deletion, options)), confirmed: true }
}

const pointsAt: PointsAt = (manifest, subject) =>
  manifest.mediaType === NODE_MANIFEST && manifest.reference?.digest === subject
