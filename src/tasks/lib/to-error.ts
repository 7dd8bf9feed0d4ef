/**
 * Whatever was thrown, as an `Error`: strategies and fetch functions are anybody's.
 *
 * @module
 */

/** The error itself; anything else wrapped. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}
