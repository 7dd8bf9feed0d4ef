/**
 * A caller's `onProgress`: what it throws, or rejects with, ends the call, and is thrown as it is.
 *
 * @module
 */

/** Reports, and what came of it. */
export interface Reporter<T> {
  /** Throws nothing itself: what is under way ends first. */
  report(progress: T): void
  /** Called before each request that changes something. */
  throwIfFailed(): void
  /** Waits for functions that are async. */
  end(): Promise<void>
}

/** Calls a function, if there is one. */
export function reporter<T>(onProgress: ((progress: T) => unknown) | undefined): Reporter<T> {
  const failures: unknown[] = []
  const waits: Promise<unknown>[] = []
  const throwIfFailed = () => {
    if (failures.length > 0) throw failures[0]
  }
  return {
    report(progress) {
      try {
        const said = onProgress?.(progress)
        if (!(said instanceof Promise)) return
        waits.push(said.catch((error: unknown) => failures.push(error)))
      } catch (error) {
        failures.push(error)
      }
    },
    throwIfFailed,
    async end() {
      await Promise.all(waits)
      throwIfFailed()
    },
  }
}
