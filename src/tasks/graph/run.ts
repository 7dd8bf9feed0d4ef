/**
 * Reads a whole repository, and says what reaches what.
 *
 * @module
 */
import type { Repository } from '../../registry/repository.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { whatLives } from './liveness.ts'
import type { GraphOptions } from './options.ts'
import type { Graph } from './repository-graph.ts'
import { survey } from './survey.ts'

/** @param options - checked */
export async function runGraph(repo: Repository, options: GraphOptions): Promise<Graph> {
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
