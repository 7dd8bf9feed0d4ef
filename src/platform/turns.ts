/**
 * Turns: tasks of one key run one after the other. What makes "check, then write" one step.
 *
 * @module
 */

/** Makes a function that runs tasks in turn, per key. A failed task does not stop the next. */
export function createTurns(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, task) => {
    const run = (tails.get(key) ?? Promise.resolve()).then(task)
    const tail = run.catch(() => undefined)
    tails.set(key, tail)
    try {
      return await run
    } finally {
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
}
