/**
 * A list that is fetched when it is read.
 *
 * @module
 */

/**
 * Reads what a promise gives. Not an async generator: that takes three turns of the event loop's queue
 * for each entry where this takes one, and lists are long.
 */
export function lazy<Entry>(
  find: () => Promise<Iterable<Entry> | undefined>,
): AsyncIterable<Entry> {
  return {
    [Symbol.asyncIterator]() {
      let entries: Promise<Iterator<Entry>> | Iterator<Entry> | undefined
      return {
        async next() {
          entries ??= find().then((found) => (found ?? [])[Symbol.iterator]())
          if (entries instanceof Promise) entries = await entries
          return entries.next()
        },
      }
    },
  }
}
