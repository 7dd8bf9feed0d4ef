/**
 * graph(): tags, manifests and links of a repository as data, and what reaches what.
 *
 * @module
 */
import {
  abortSignal,
  type Checks,
  checkOptions,
  func,
  positiveInteger,
} from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { chosenStrategies, type StrategyChoice, strategyChecks } from '../lib/strategy-choice.ts'
import { whatLives } from './liveness.ts'
import type { Graph } from './repository-graph.ts'
import { survey } from './survey.ts'

/** Options of {@link graph}. Where no strategy is named, links of every kind are looked for. */
export type GraphOptions = StrategyChoice & {
  /**
   * Where the repository has more tags, the others are left out and the graph is not complete.
   * @default 100_000
   */
  readonly maxTags?: number | undefined
  /** Called with what was read so far, and what is known to be left. */
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly known: number }) => void)
    | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a whole repository: its tags, the manifests that they lead to, what these list and are attached to, and
 * what is attached to them.
 *
 * Requests: all pages of tags; `GET` of each tag, and of each manifest that another one names, once; where the
 * registry keeps lists of referrers, each list for each manifest; a list that it does not have is requested once, but for
 * ORAS's first one where a 404 without a body leaves that open (olareg). Twelve at a time. No manifest is kept in memory.
 *
 * @throws `RegistryError`, `AuthError`, `ConnectionError` where the tags cannot be listed; `InvalidInputError`
 *   naming the option
 * @see distribution-spec 1.1, "Listing Tags" and "Listing Referrers"
 * @example
 * ```ts
 * import { graph, repository } from 'ocilink'
 *
 * const { tags, manifests, complete } = await graph(repository('127.0.0.1:5000/team/app'))
 * const loose = manifests.filter(({ status, reachedBy }) => status === 'there' && !reachedBy)
 * console.log(`${tags.length} tags, ${loose.length} manifests that no tag reaches`, complete)
 * ```
 */
export async function graph(repo: Repository, options: GraphOptions = {}): Promise<Graph> {
  checkOptions(options, checks())
  const { maxTags = 100_000, onProgress, signal } = options
  signal?.throwIfAborted()
  const strategies = chosenStrategies(options) ?? (await everyStrategy())
  const found = await survey(repo, { strategies, maxTags, onProgress, signal })
  const lives = whatLives(found.tags, found.edges)
  return {
    registry: repo.registry,
    repository: repo.name,
    tags: found.tags,
    manifests: found.manifests.map((manifest) => {
      const reachedBy = lives.get(manifest.digest)
      return reachedBy === undefined ? manifest : { ...manifest, reachedBy }
    }),
    edges: found.edges,
    complete: found.problems.length === 0,
    problems: found.problems,
  }
}

const checks = (): Checks<GraphOptions> => ({
  ...strategyChecks(),
  maxTags: positiveInteger,
  onProgress: func,
  signal: abortSignal,
})
