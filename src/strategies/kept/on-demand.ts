/**
 * What most calls on a registry with the list do without, loaded in one piece. A piece for each cuts up what is loaded
 * first as well: measured with rolldown, 0.9 kB more of that.
 *
 * @module
 */
import { toReferrers } from '../lib/referrer.ts'
import { listBesides, listByTag } from './by-tag.ts'
import { changeEntry, readTagAhead } from './change-entry.ts'
import { lookAgain } from './look-again.ts'
import { lookUp } from './look-up.ts'
import { withdrawKept } from './withdraw.ts'

/** Each is described where it is. */
export const onDemand: {
  readonly changeEntry: typeof changeEntry
  readonly listBesides: typeof listBesides
  readonly listByTag: typeof listByTag
  readonly lookAgain: typeof lookAgain
  readonly lookUp: typeof lookUp
  readonly readTagAhead: typeof readTagAhead
  readonly toReferrers: typeof toReferrers
  readonly withdrawKept: typeof withdrawKept
} = {
  changeEntry,
  listBesides,
  listByTag,
  lookAgain,
  lookUp,
  readTagAhead,
  toReferrers,
  withdrawKept,
}
