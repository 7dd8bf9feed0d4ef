/**
 * What most calls of attach(), referrers() and hasReferrer() do without, loaded in one piece: a piece for each cuts up what is
 * loaded first as well, and the cuts compress worse. Others load it too: what they name in an `import` would be loaded
 * first.
 *
 * @module
 */
import { attachMany } from './attach-many.ts'
import { anyInReach, list } from './in-reach.ts'
import { findPlatform } from './platform.ts'
import { expandSubject } from './scope.ts'
import { anyOfSeveral } from './several.ts'
import { untilListed } from './until-listed.ts'

/** Each is described where it is. */
export const onDemand: {
  readonly anyInReach: typeof anyInReach
  readonly anyOfSeveral: typeof anyOfSeveral
  readonly attachMany: typeof attachMany
  readonly expandSubject: typeof expandSubject
  readonly findPlatform: typeof findPlatform
  readonly list: typeof list
  readonly untilListed: typeof untilListed
} = { anyInReach, anyOfSeveral, attachMany, expandSubject, findPlatform, list, untilListed }
