// A clock of the test's own: answers come as late as a test says, and nobody waits for them.
import { vi } from 'vitest'
import type { Fetch } from '../../src/index.ts'

export interface Clock {
  /** Milliseconds since it was made. */
  now(): number
  /** The same answers, so many milliseconds later. */
  late(fetch: Fetch, milliseconds: (request: Request) => number): Fetch
  /** Lets time pass, from one moment that is waited for to the next, until a promise is settled. */
  run<T>(promise: Promise<T>): Promise<T>
}

/** Fakes what tells time and what waits. `vi.useRealTimers()` ends it. */
export function fakedTime(): Clock {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  const began = performance.now()
  let answering = 0
  return {
    now: () => performance.now() - began,

    late: (fetch, milliseconds) => async (request) => {
      const wait = milliseconds(request)
      answering++
      const response = await fetch(request).finally(() => answering--)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      return response
    },

    async run(promise) {
      let settled = false
      const end = () => {
        settled = true
      }
      promise.then(end, end)
      while (!settled) {
        // What goes on without waiting comes first: a module that is loaded, an answer that is read.
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        if (!settled && answering === 0) await vi.advanceTimersToNextTimerAsync()
      }
      return promise
    },
  }
}
