/**
 * Nothing is deleted that nobody has agreed to.
 *
 * @module
 */
import { createInterface } from 'node:readline/promises'
import { UsageError } from './exit-codes.ts'

/**
 * Asks, where somebody can answer.
 *
 * @throws `UsageError` where nobody can
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(
      'nobody can be asked here: pass --yes, or --dry-run to see what would be done',
    )
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Here Ctrl-C is a key, not a signal.
  terminal.once('SIGINT', () => process.emit('SIGINT'))
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())
  } finally {
    terminal.close()
  }
}
