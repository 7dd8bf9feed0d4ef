/**
 * Deletes an artifact of proposal A, and reads the list afterwards: on the first registries that had one, a delete
 * breaks it for good.
 *
 * @module
 */
import { OcilinkError, UnsupportedError } from '../../errors.ts'
import { isArtifactManifestType } from '../../model/artifact-manifest-type.ts'
import type { Digest } from '../../model/digest.ts'
import { tagNames } from '../../registry/lists/tag-targets.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { bySubject, type PointsAt } from '../lib/points-at.ts'
import { readManifest } from '../lib/read-manifest.ts'
import { deleteReferrer, findReferrer, tagsOf, whyNeeded } from '../lib/withdrawal.ts'
import type { Withdrawn, WithdrawOptions } from '../strategy.ts'
import { listArtifacts } from './discover.ts'
import { NAME } from './lists.ts'

const pointsAt: PointsAt = (manifest, subject) =>
  isArtifactManifestType(manifest.mediaType) && bySubject(manifest, subject)

/** Deletes an artifact that nothing else needs; `confirmed` says whether the list is whole and without it. */
export async function withdrawArtifact(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { signal, linkFields = [] } = options
  const tags = tagsOf(repo, options)
  const [stored] = await Promise.all([
    findReferrer(repo, subject, digest, pointsAt, options),
    tagNames(tags),
  ])
  if (!stored) return { digest, deleted: false, confirmed: true }
  const manifest = readManifest(stored)
  const artifactType = 'artifactType' in manifest ? manifest.artifactType : undefined
  const isListed = async () => {
    for await (const page of listArtifacts(repo, subject, { artifactType, signal })) {
      if (page.some((entry) => entry.digest === digest)) return true
    }
    return false
  }
  const needed = await whyNeeded(repo, stored, { subject, linkFields }, tags)
  const isLinked = () =>
    isListed().catch((error: unknown) => {
      // A registry without lists of artifacts links nothing.
      if (error instanceof UnsupportedError) return false
      throw error
    })
  const deletion = { strategy: NAME, subject, digest, needed, isListed: isLinked }
  const outcome = await deleteReferrer(repo, deletion, options)
  if (!outcome.deleted) return { digest, ...outcome, confirmed: true }
  try {
    return { digest, ...outcome, confirmed: !(await isListed()) }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof OcilinkError)) throw error
    warn(repo, `${digest} was deleted, but what is left cannot be listed: ${error.message}`)
    return { digest, ...outcome, confirmed: false }
  }
}
