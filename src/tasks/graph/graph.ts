/**
 * graph(): tags, manifests and links of a repository as data, and what reaches what.
 *
 * @module
 */
import { checkOptions } from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { type GraphOptions, graphChecks } from './options.ts'
import type { Graph } from './repository-graph.ts'

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
  checkOptions(options, graphChecks())
  chosenStrategies(options)
  options.signal?.throwIfAborted()
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: most programs read no whole repository.
  const { runGraph } = await import('./run.ts')
  return runGraph(repo, given)
}
