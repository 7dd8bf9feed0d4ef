/**
 * A repository with manifests that somebody has already.
 *
 * @module
 */
import { internalsOf, type Repository, viewOf } from './repository.ts'
import type { Reads } from './stored-manifest.ts'

/**
 * The same repository, with manifests that `own` has answered by it; others are read once. What `own`
 * has is not shared with the repository itself.
 */
export function withReads(repo: Repository, own: Pick<Reads, 'get'>): Repository {
  const shared: Reads = internalsOf(repo).reads ?? new Map()
  const reads: Reads = {
    get: (key) => own.get(key) ?? shared.get(key),
    set: (key, read) => shared.set(key, read),
  }
  return viewOf(repo, { reads })
}
