/**
 * The lists of referrers that a registry keeps, read for each manifest of a graph.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { withKnownTags } from '../../registry/known-tags.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import { sharingLists } from '../lib/shared-lists.ts'
import { toError } from '../lib/to-error.ts'
import { addEdge, type Findings } from './findings.ts'

/** What the lists of one repository are read with. */
export interface Lists {
  readonly repo: Repository
  readonly strategies: readonly Strategy[]
  /** Strategies whose lists the registry was seen not to have. */
  readonly missing: Set<Strategy>
}

/** What tags hold is read with the tags: here strategies find no tag. */
export function openLists(repo: Repository, strategies: readonly Strategy[]): Lists {
  const listing = strategies.filter(({ linkFields, choices }) => linkFields && !choices)
  return { repo: withKnownTags(repo, new Set()), strategies: listing, missing: new Set() }
}

/**
 * Adds what the registry lists for a manifest. What cannot be listed is a problem.
 *
 * @throws the signal's reason
 */
export async function addListed(
  findings: Findings,
  lists: Lists,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { repo, strategies, missing } = lists
  const shared = sharingLists(repo, new Map())
  const add = async (strategy: Strategy) => {
    try {
      for await (const { digest, via } of strategy.discover(shared, subject, { signal })) {
        if (via.some(({ kept }) => kept === 'registry'))
          addEdge(findings, { from: digest, to: subject, role: 'list' })
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof UnsupportedError) {
        missing.add(strategy)
        return
      }
      const reason = `${strategy.name}: ${toError(error).message}`
      findings.problems.push({ at: subject, kind: 'unread', reason })
    }
  }
  await Promise.all(strategies.filter((strategy) => hasList(lists, strategy)).map(add))
}

function hasList({ repo, missing }: Lists, strategy: Strategy): boolean {
  if (missing.has(strategy)) return false
  return strategy.list === undefined || repo.capabilities[strategy.list] !== 'unsupported'
}
