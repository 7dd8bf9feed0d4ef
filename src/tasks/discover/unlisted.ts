/**
 * Links that a registry does not list, because they were made before it kept a list: at the tag where
 * the strategy keeps them when there is none.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { withoutList } from '../../registry/without-list.ts'
import type { FindOptions, Referrer, Strategy } from '../../strategies/strategy.ts'
import { collect, type Limit } from './limit.ts'

/**
 * What a strategy keeps at its tag, where the registry has the list that it keeps instead. What the
 * registry does not list is checked against its manifest: it may be gone since, or never have been there.
 *
 * Requests: `GET` of the tag, and of the manifests of its entries where one of them is not listed.
 *
 * @param listed - what the registry listed of the same
 */
export async function findUnlisted(
  repo: Repository,
  strategy: Strategy,
  subject: Digest,
  listed: readonly Referrer[],
  options: FindOptions,
  limit: Limit,
): Promise<readonly Referrer[]> {
  const { list } = strategy
  if (!list || repo.capabilities[list] !== 'supported') return []
  const known = new Set(listed.map(({ digest }) => digest))
  const view = withoutList(repo, list)
  const ask = (verify: boolean | undefined) =>
    collect(strategy.discover(view, subject, { ...options, verify }), limit)
  const found = await ask(options.verify)
  const both = found.filter(({ digest }) => known.has(digest))
  if (both.length === found.length) return both
  const checked = options.verify ? found : await ask(true)
  return [...both, ...checked.filter(({ digest }) => !known.has(digest))]
}
