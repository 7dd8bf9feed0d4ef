/**
 * Deleting an artifact of proposal A, and looking at the list after it: on the first registries that
 * had one, a delete breaks it for good.
 *
 * @module
 */
import { OcilinkError } from '../../errors.ts'
import { isArtifactManifestType } from '../../model/artifact-manifest.ts'
import type { Digest } from '../../model/digest.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { bySubject, type PointsAt, readManifest } from '../lib/referrer.ts'
import { deleteReferrer, findReferrer } from '../lib/withdrawal.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import { listArtifacts } from './discover.ts'
import { NAME } from './lists.ts'

const pointsAt: PointsAt = (manifest, subject) =>
  isArtifactManifestType(manifest.mediaType) && bySubject(manifest, subject)

/** Deletes an artifact; `confirmed` says whether the list is whole and without it. */
export async function withdrawArtifact(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  options: PublishOptions,
): Promise<Withdrawn> {
  const { signal } = options
  const stored = await findReferrer(repo, subject, digest, pointsAt, options)
  if (!stored) return { digest, deleted: false, confirmed: true }
  const manifest = readManifest(stored)
  const artifactType = 'artifactType' in manifest ? manifest.artifactType : undefined
  const isListed = async () => {
    for await (const page of listArtifacts(repo, subject, { artifactType, signal })) {
      if (page.some((entry) => entry.digest === digest)) return true
    }
    return false
  }
  const deleted = await deleteReferrer(repo, NAME, digest, isListed, options)
  try {
    return { digest, deleted, confirmed: !(await isListed()) }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof OcilinkError)) throw error
    warn(repo, `${digest} was deleted, but what is left cannot be listed: ${error.message}`)
    return { digest, deleted, confirmed: false }
  }
}
