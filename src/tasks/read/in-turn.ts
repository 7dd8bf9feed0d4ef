/**
 * Work on a list, some of it at a time, with results in the list's order. p-limit has neither that order nor an end of
 * the work where the loop is left.
 *
 * @module
 */

/** How much is under way at once. */
export const AT_ONCE = 6

/** Yields what `work` gives for each item; begins no more than a few ahead of what is taken. */
export async function* inTurn<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = []
  for await (const item of items) {
    const started = work(item)
    // Thrown by whoever takes it.
    started.catch(() => {})
    begun.push(started)
    if (begun.length === AT_ONCE) yield await begun.shift()!
  }
  for (const started of begun) yield await started
}
