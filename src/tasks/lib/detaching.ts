/**
 * Takes the links between a subject and a referrer away, and says in a warning what stays.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { isDigest } from '../../model/digest.ts'
import { metTag, tagTargets } from '../../registry/lists/tag-targets.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { withdrawAll } from '../../strategies/auto/withdraw.ts'
import type { Strategy, Withdrawn } from '../../strategies/strategy.ts'
import { resolveDigest } from './subject.ts'

/** What may look up tags, wait, and be aborted. */
interface Detaching {
  readonly settle?: number | undefined
  readonly maxTags?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * @param subject - a tag, a digest or a descriptor, checked
 * @param referrer - likewise
 */
export async function detachReferrer(
  repo: Repository,
  subject: string | Descriptor,
  referrer: string | Descriptor,
  strategies: readonly Strategy[],
  { settle, maxTags, signal }: Detaching,
): Promise<Withdrawn> {
  const ask = { intent: 'push', signal } as const
  const [found, digest] = await Promise.all([
    resolveDigest(repo, subject, ask),
    resolveDigest(repo, referrer, ask),
  ])
  const tags = tagTargets(repo, { maxTags, signal })
  if (typeof subject === 'string' && !isDigest(subject)) metTag(tags, subject)
  const how = { settle, maxTags, tags, signal }
  const withdrawn = await withdrawAll(strategies, repo, found, digest, how)
  const { action, reason } = withdrawn
  if (reason !== undefined) {
    const what = action ? 'is no longer linked to' : 'is not listed for'
    warn(repo, `${digest} ${what} ${found}, but its manifest stays: ${reason}`)
  }
  return withdrawn
}
