/**
 * The same repository seen in another way: with the budget of one call, or with its requests observed and its reads
 * shared.
 *
 * @module
 */
import { freshBudget } from './budget.ts'
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
