/**
 * Why something failed: the errors of a runtime's `fetch` say it in their cause.
 *
 * @module
 */

/** The last of an error's causes; itself where it has none. */
export function innermost(error: unknown): unknown {
  const cause = (error as Error | undefined | null)?.cause
  return cause instanceof Error ? innermost(cause) : error
}

/** Its text. What was thrown need not be an error. */
export function innermostText(error: unknown): string {
  const last = innermost(error)
  const { message } = Object(last) as Partial<Error>
  return String(message ?? last).trim()
}
