// What the tests of one browser are given.
import type { Places } from '../_places.ts'
import type { Tab } from '../engines/engine.ts'

export interface Given {
  readonly tab: Tab
  readonly places: Places
}
