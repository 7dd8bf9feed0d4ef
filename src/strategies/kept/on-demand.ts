/**
 * What most calls on a registry with the list do without, loaded in one piece: each of its own would have a bundler cut
 * up what a page loads first as well, and the cuts compress worse (measured with rolldown: 1 kB).
 *
 * @module
 */
import { changeEntry, readTagAhead } from './change-entry.ts'
import { learnTypeFilter } from './type-filter.ts'
import { withdrawKept } from './withdraw.ts'

/** Each is described where it is. */
export const onDemand: {
  readonly changeEntry: typeof changeEntry
  readonly learnTypeFilter: typeof learnTypeFilter
  readonly readTagAhead: typeof readTagAhead
  readonly withdrawKept: typeof withdrawKept
} = { changeEntry, learnTypeFilter, readTagAhead, withdrawKept }
