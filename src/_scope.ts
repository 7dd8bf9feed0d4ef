/**
 * Whose referrers are meant: an index's own, or those of its platform manifests.
 *
 * @module
 */
import { InvalidInputError } from './errors.ts'
import type { Digest } from './model/digest.ts'
import { isIndexType, parseManifest } from './model/manifest.ts'
import { findManifest } from './registry/manifests.ts'
import type { Repository } from './registry/repository.ts'

/** The subject itself, the platform manifests in its index, or all of these. */
export type Scope = 'index' | 'platform' | 'all'

/** The subjects that a scope stands for. An image that is no index is its own platform manifest. */
export async function expandSubject(
  repo: Repository,
  subject: Digest,
  scope: Scope,
  signal: AbortSignal | undefined,
): Promise<readonly Digest[]> {
  if (!['index', 'platform', 'all'].includes(scope)) {
    throw new InvalidInputError('INVALID_INPUT', 'scope', '"index", "platform" or "all"', scope)
  }
  if (scope === 'index') return [subject]
  const stored = await findManifest(repo, subject, { signal })
  if (!stored || !isIndexType(stored.descriptor.mediaType)) return [subject]
  const index = parseManifest(stored.bytes, stored.descriptor.mediaType)
  // Entries without a real platform are attestations and the like, not images.
  const platforms = 'manifests' in index ? index.manifests.filter(isPlatform) : []
  const digests = platforms.map(({ digest }) => digest)
  return scope === 'all' ? [subject, ...digests] : digests
}

function isPlatform({ platform }: { platform?: { os?: string } }): boolean {
  return platform?.os !== 'unknown'
}
