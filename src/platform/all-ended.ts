/**
 * Several tasks at once, none of which goes on after the caller has its answer.
 *
 * @module
 */

/**
 * What all of them gave, once all have ended, also where one fails.
 *
 * @throws what the first in the list failed with
 */
export async function allEnded<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(tasks)
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
