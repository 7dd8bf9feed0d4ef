/**
 * One signal for several callers who wait for the same thing.
 *
 * @module
 */

/** Aborts when all of them have; never where one of the writers has none. */
export function whenAllHave(
  signals: readonly (AbortSignal | undefined)[],
): AbortSignal | undefined {
  if (signals.includes(undefined)) return undefined
  const stop = new AbortController()
  const check = () => {
    if (signals.every((signal) => signal?.aborted)) stop.abort(signals[0]?.reason)
  }
  for (const signal of signals) signal?.addEventListener('abort', check, { once: true })
  check()
  return stop.signal
}
