/**
 * Pauses in long work: where every answer is at hand, as an embedded registry's is, nothing else has its turn, and no
 * timer ends it.
 *
 * @module
 */

/** Milliseconds of work between pauses, of all calls together. */
const WORK = 50

/** When work began that nothing else has come between. */
let began: number | undefined

/** Lets timers and other work come in between, where nothing has for a while. What comes alone does not wait. */
export async function pause(): Promise<void> {
  if (began === undefined) {
    began = performance.now()
    void othersTurn()
  } else if (performance.now() - began >= WORK) {
    await othersTurn()
  }
}

/**
 * Not by a timer of its own, which would be a millisecond where requests are few, and for ever where a test has faked
 * the clock.
 */
async function othersTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  await new Promise((resolve) => {
    port1.onmessage = resolve
    port2.postMessage(0)
  })
  port1.close()
  began = undefined
}
