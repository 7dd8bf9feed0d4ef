/**
 * How long to wait before something is tried again.
 *
 * @module
 */

/** Longest wait, in milliseconds. */
const MOST = 10_000

/**
 * Milliseconds to wait after a failure: anything from 0 to `base` doubled with each failure ("full
 * jitter"), so that clients that failed together do not come back together.
 *
 * @param failures - how many there were so far; with 0 the wait is at most `base`
 * @param base - milliseconds
 */
export function backoff(failures: number, base = 200): number {
  return Math.random() * Math.min(base * 2 ** failures, MOST)
}
