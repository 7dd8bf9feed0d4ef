/**
 * Functions of callers that are told of something, and not waited for.
 *
 * @module
 */

/**
 * A function that ends no process: what an async one rejects with goes elsewhere. What it throws is thrown.
 *
 * @param onRejected - by default it is dropped
 */
export function unwaited<T>(
  listen: ((event: T) => unknown) | undefined,
  onRejected: (error: unknown) => void = () => {},
): ((event: T) => void) | undefined {
  return (
    listen &&
    ((event) => {
      const said = listen(event)
      if (said instanceof Promise) said.catch(onRejected)
    })
  )
}
