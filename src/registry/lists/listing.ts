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

/** Makes a listing of a function that starts reading pages. */
export function listing<T>(pages: () => AsyncIterable<readonly T[]>): Listing<T> {
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page
    },
  }
}
