/**
 * Runs of one task that never overlap: calls made during a run share the next one.
 *
 * @module
 */

/** Wraps a task. A run that fails rejects the calls that share it, and not the next run. */
export function createSharedRun(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = task().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (next) return next
    if (!running) return start()
    next = running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
