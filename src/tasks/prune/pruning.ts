/**
 * What prune() would do, and what it did.
 *
 * @module
 */
import type { GraphProblem } from '../graph/repository-graph.ts'
import type { DeletedItem, KeptManifest } from '../lib/deletes/step.ts'

/** What prune() did, or would do. As JSON it says the same. */
export interface Pruning {
  readonly registry: string
  readonly repository: string
  readonly dryRun: boolean
  readonly items: readonly DeletedItem[]
  /** What nothing needs, and stays all the same. */
  readonly kept: readonly KeptManifest[]
  /** Whether all could be read, and all was done. */
  readonly complete: boolean
  /** What could not be read. */
  readonly problems: readonly GraphProblem[]
  /** What nobody can find here, for people. */
  readonly notes: readonly string[]
}
