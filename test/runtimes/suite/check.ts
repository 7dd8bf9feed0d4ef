// The few assertions that the suite needs: a library of them would have to run in nine runtimes too.

/** Fails where `actual` is not `expected`, compared as JSON. */
export function equal(actual: unknown, expected: unknown): void {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== wanted) throw new Error(`expected ${wanted}, got ${is}`)
}

/** Fails where a condition does not hold. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected that ${what}`)
}

/** What a promise is rejected with; fails where it is not. */
export async function failure<T = { readonly code?: string; readonly message: string }>(
  promise: Promise<unknown>,
): Promise<T> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: T) => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`expected an error, got ${JSON.stringify(outcome.value)}`)
}
