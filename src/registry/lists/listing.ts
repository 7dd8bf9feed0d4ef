/**
 * Lazy lists: no request before the first item is wanted, none after the caller breaks.
 *
 * @module
 */

/** A lazy list: iterate its items, or its pages as they were answered. */
export interface Listing<T> extends AsyncIterable<T> {
  /** Pages, each as one answer gave it; a page may be empty when a filter left nothing. */
  pages(): AsyncIterable<readonly T[]>
}

/**
 * Makes a listing of a function that starts reading pages.
 *
 * @throws `TypeError` for what is no function
 * @example
 * ```ts
 * import { listing } from 'ocilink/registry'
 *
 * const numbers = listing(async function* () {
 *   yield [1, 2]
 *   yield [3]
 * })
 * for await (const number of numbers) console.log(number)
 * ```
 */
export function listing<T>(pages: () => AsyncIterable<readonly T[]>): Listing<T> {
  if (typeof pages !== 'function')
    throw new TypeError(`"pages" must be a function, got ${typeof pages}`)
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page
    },
  }
}
