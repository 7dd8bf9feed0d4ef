/**
 * Finds what is at a subject's cosign tags.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { suffixTag } from '../../model/digest-tags.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { readCosign, toReferrer } from './manifest.ts'

/**
 * The referrers at these suffixes: one for each that has layers which pass the filters.
 *
 * Requests: `GET manifests/<tag>` for each suffix, in parallel.
 */
export async function discoverCosign(
  repo: Repository,
  subject: Digest,
  suffixes: readonly string[],
  options: FindOptions,
): Promise<readonly Referrer[]> {
  const found = await Promise.all(
    suffixes.map(async (suffix) => {
      const tag = suffixTag(subject, suffix)
      const stored = await findManifest(repo, tag, { signal: options.signal })
      if (!stored) return undefined
      const read = readCosign(subject, stored)
      if (typeof read !== 'string')
        return toReferrer({ digest: subject }, stored.descriptor, read, suffix, options)
      warn(repo, `The tag ${tag} holds ${read}: nothing is read from it`)
      return undefined
    }),
  )
  return found.filter((referrer) => referrer !== undefined)
}
