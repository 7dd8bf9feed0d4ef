/**
 * The layouts of a storage that are open, each opened by the first request for its repository.
 *
 * @module
 */
import { createTurns } from '../../platform/turns.ts'
import { findLayout, makeLayout } from './directory.ts'
import { type Layout, openLayout } from './layout.ts'
import { piecesOf } from './paths.ts'
import type { Workplace } from './workplace.ts'

/** Layouts by the name of their repository. */
export interface OpenLayouts {
  /** Undefined where there is no layout. */
  find(name: string): Promise<Layout | undefined>
  /** Makes an empty layout where there is none. */
  make(name: string): Promise<Layout>
  /** The layout that is open now. */
  current(name: string): Layout | undefined
  /** Saves what is open, and opens nothing any more. */
  close(): Promise<void>
}

/**
 * Starts with none open.
 *
 * @param own - name of the repository whose layout is the directory itself
 * @param tagged - whether layouts keep the referrers tags of what refers to something
 */
export function createOpenLayouts(
  place: Workplace,
  own: string | undefined,
  tagged: boolean,
): OpenLayouts {
  const layouts = new Map<string, Layout>()
  const inTurn = createTurns()
  let closed = false

  async function open(name: string, make: boolean): Promise<Layout | undefined> {
    if (closed) throw new TypeError(`the storage in ${place.root} is closed`)
    return (
      layouts.get(name) ?? inTurn(name, async () => layouts.get(name) ?? (await load(name, make)))
    )
  }
  async function load(name: string, make: boolean): Promise<Layout | undefined> {
    const pieces = name === own ? [] : piecesOf(name)
    const found = (await findLayout(place, pieces)) ?? (make && (await makeLayout(place, pieces)))
    if (!found) return undefined
    // What could not be saved is dropped, and read from disk again by the next request.
    const layout = await openLayout(place, found, tagged, () => void layouts.delete(name))
    layouts.set(name, layout)
    return layout
  }
  return {
    find: (name) => open(name, false),
    make: (name) => open(name, true) as Promise<Layout>,
    current: (name) => layouts.get(name),
    async close() {
      closed = true
      await Promise.allSettled([...layouts.values()].map((layout) => layout.save()))
    },
  }
}
