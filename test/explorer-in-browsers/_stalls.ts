// How long nothing else could be done in a page.
import type { Tab } from './engines/engine.ts'

interface Watched {
  stall: { longest: number; last: number }
}

/** Begins to measure. */
export function watchStalls(tab: Tab): Promise<void> {
  return tab.evaluate(() => {
    const stall = { longest: 0, last: performance.now() }
    Object.assign(globalThis, { stall })
    setInterval(() => {
      stall.longest = Math.max(stall.longest, performance.now() - stall.last)
      stall.last = performance.now()
    }, 10)
  })
}

/** Milliseconds. */
export function longestStall(tab: Tab): Promise<number> {
  return tab.evaluate(() => (globalThis as unknown as Watched).stall.longest)
}
