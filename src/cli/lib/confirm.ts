/**
 * Nothing is deleted that nobody has agreed to.
 *
 * @module
 */
import { ask, canAsk } from './ask.ts'
import { UsageError } from './exit-codes.ts'

/**
 * Checks that somebody can answer, before anything is looked at.
 *
 * @throws `UsageError` where nobody can
 */
export function checkAskable(): void {
  if (canAsk()) return
  throw new UsageError(
    'nobody can be asked here: pass --yes, or --dry-run to see what would be done',
  )
}

/** Asks; only "y" and "yes" are yes. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, signal)).trim())
}
