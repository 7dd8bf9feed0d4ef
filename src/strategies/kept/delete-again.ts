/**
 * Deletes again what a registry acknowledged to have deleted and still lists, because others were deleted at the same
 * time: olareg 0.2 loses some of these.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { deleteIfAllowed } from '../../registry/delete-allowed.ts'
import { EVERY_TYPE } from '../../registry/every-type.ts'
import { tagTargets } from '../../registry/lists/tag-targets.ts'
import { findManifest } from '../../registry/manifests.ts'
import { whatReaches } from '../../registry/reach.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import type { ListApi } from './list-api.ts'
import { listedOf } from './look-up.ts'
import { whenAllHave } from './signals.ts'
import type { Listed } from './together.ts'

/**
 * Looks whether the list still has any of the deleted manifests; then deletes those that are there once more, one after
 * the other, unless a tag leads to them by now.
 *
 * Requests: the list; where it has one still, `GET` of each, of what is there those of {@link whatReaches} and `DELETE`,
 * and then the list again. None after all callers have given up.
 *
 * @param signals - of the callers
 * @returns what is listed then; `'unread'` where that could not be seen
 */
export async function deleteAgain(
  repo: Repository,
  subject: Digest,
  digests: readonly Digest[],
  api: ListApi,
  signals: readonly (AbortSignal | undefined)[],
  maxTags: number | undefined,
): Promise<Listed> {
  const signal = whenAllHave(signals)
  const entries = digests.map((digest) => ({ digest, mediaType: IMAGE_MANIFEST, size: 0 }))
  try {
    const listed = await listedOf(repo, subject, entries, api, signal)
    const tags = tagTargets(repo, { maxTags, signal })
    let isAgain = false
    // A list that has some of them does not say of which others the delete was lost.
    for (const digest of listed.size > 0 ? digests : []) {
      if (!(await findManifest(repo, digest, { accept: EVERY_TYPE, signal }))) continue
      const needed = await whatReaches(repo, digest, { tags, roots: [{ digest: subject }] })
      const stays = needed === undefined ? '' : `, and it stays: ${needed}`
      warn(repo, `The registry acknowledged to have deleted ${digest}, and still has it${stays}`)
      if (needed !== undefined) continue
      await deleteIfAllowed(repo, digest, signal)
      isAgain = true
    }
    return isAgain ? await listedOf(repo, subject, entries, api, signal) : listed
  } catch (error) {
    signal?.throwIfAborted()
    if (!isOcilinkError(error)) throw error
    warn(repo, `What was deleted may still be linked to ${subject}: ${error.message}`)
    return 'unread'
  }
}
