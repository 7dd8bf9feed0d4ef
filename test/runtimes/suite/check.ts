// The few assertions that the suite needs: a library of them would have to run in nine runtimes too.

/** Fails where `actual` is not `expected`, compared as JSON; and where JSON cannot tell: any two errors are `{}`. */
export function equal(actual: unknown, expected: unknown): void {
  const [is, wanted] = [asJson(actual), asJson(expected)]
  if (is !== wanted) throw new Error(`expected ${wanted}, got ${is}`)
}

function asJson(data: unknown): string {
  return JSON.stringify(data, (_, value) => {
    if (isJson(value)) return value
    throw new Error(`expected JSON, got ${Object.prototype.toString.call(value)}: ${value}`)
  })
}

function isJson(value: unknown): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true
  if (typeof value !== 'object') return Number.isFinite(value)
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
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
