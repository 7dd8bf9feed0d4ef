/**
 * Pauses in long work: where every answer is at hand, as an embedded registry's is, nothing else has its turn, and no
 * timer ends it.
 *
 * @module
 */

/** Milliseconds of work between pauses, of all calls together. */
const WORK = 50

let paused = 0

/**
 * Lets timers and other work come in between. Not by a timer of its own, which would be a millisecond where requests
 * are few, and for ever where a test has faked the clock.
 */
export async function pause(): Promise<void> {
  if (performance.now() - paused < WORK) return
  const { port1, port2 } = new MessageChannel()
  await new Promise((resolve) => {
    port1.onmessage = resolve
    port2.postMessage(0)
  })
  port1.close()
  paused = performance.now()
}
