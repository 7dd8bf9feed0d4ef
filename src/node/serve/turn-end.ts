/**
 * Sends the answers of one turn of the event loop together. Each one alone wakes up who waits for it, and that takes
 * longer than to make a small answer: over 32 connections there are 1.7 times as many in a second (measured on Node 24).
 *
 * @module
 */

// Not the global one: where a test has faked the clock it never comes.
import { setImmediate } from 'node:timers'

/** Makes a function whose promises resolve at the end of the turn in which they were asked for. */
export function createTurnEnd(): () => Promise<void> {
  let end: Promise<void> | undefined
  return () => {
    end ??= new Promise((resolve) => {
      setImmediate(() => {
        end = undefined
        resolve()
      })
    })
    return end
  }
}
