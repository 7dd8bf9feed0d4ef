/**
 * Nothing is deleted that nobody has agreed to.
 *
 * @module
 */
import { createInterface } from 'node:readline/promises'
import { UsageError } from './exit-codes.ts'

/**
 * Checks that somebody can answer, before anything is looked at.
 *
 * @throws `UsageError` where nobody can
 */
export function checkAskable(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return
  throw new UsageError(
    'nobody can be asked here: pass --yes, or --dry-run to see what would be done',
  )
}

/** Asks. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Here Ctrl-C is a key, not a signal.
  terminal.once('SIGINT', () => process.emit('SIGINT'))
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())
  } finally {
    terminal.close()
  }
}
