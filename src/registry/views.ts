/**
 * The same repository seen in another way: with the budget of one call; and for calls that read through
 * several strategies with its requests observed, its reads shared, or a list of its registry left out.
 *
 * @module
 */
import { freshBudget } from './budget.ts'
import type { Capabilities } from './capabilities.ts'
import { internalsOf, type Repository, viewOf } from './repository.ts'
import type { Reads } from './stored-manifest.ts'

/** A request that was sent to a registry, and how it answered. */
export interface SentRequest {
  readonly method: string
  /** Path, without its query. */
  readonly path: string
  /** HTTP status; absent when no answer came. */
  readonly status?: number | undefined
}

/** The same repository with the budget of one call; the parts of a call share what is left. */
export function budgeted(repo: Repository): Repository {
  return internalsOf(repo).budget ? repo : viewOf(repo, { budget: freshBudget() })
}

/**
 * The same repository, with each request on the wire given to `onAnswer` and no manifest read twice.
 * What is learnt of the registry is learnt by both.
 */
export function observed(
  repo: Repository,
  onAnswer: (request: SentRequest) => void,
  reads: Reads,
): Repository {
  const { exchange } = internalsOf(repo)
  return viewOf(repo, {
    reads,
    async exchange(wire, ...how) {
      const request = { method: wire.method, path: new URL(wire.url).pathname }
      try {
        const response = await exchange(wire, ...how)
        onAnswer({ ...request, status: response.status })
        return response
      } catch (error) {
        onAnswer(request)
        throw error
      }
    },
  })
}

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

/**
 * The same repository as if its registry kept no list: what strategies keep at tags is read there. Without
 * warnings, since on a registry with the list others may use these tags. Nothing is learnt of it.
 */
export function withoutList(repo: Repository, list: keyof Capabilities): Repository {
  const { options } = internalsOf(repo)
  const capabilities: Capabilities = { ...repo.capabilities, [list]: 'unsupported' }
  return viewOf(repo, { options: { ...options, onWarning: undefined } }, capabilities)
}
