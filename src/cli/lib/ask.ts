/**
 * Questions on the terminal: on standard error, so that standard output is the answer alone.
 *
 * @module
 */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from './exit-codes.ts'

/** Whether somebody can answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/**
 * Asks, and gives the line that is typed.
 *
 * @param hidden - whether what is typed is not shown
 */
export async function ask(
  question: string,
  signal: AbortSignal,
  { hidden = false }: { readonly hidden?: boolean } = {},
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const output = hidden ? nowhere : process.stderr
  const terminal = createInterface({ input: process.stdin, output, terminal: true })
  // Not before: until then the terminal itself shows what is typed.
  if (hidden) process.stderr.write(question)
  // Here Ctrl-C is a key, not a signal.
  terminal.once('SIGINT', () => process.emit('SIGINT'))
  // The input ended: nobody answers any more.
  const ended = new AbortController()
  terminal.once('close', () => ended.abort(new UsageError('nobody answered')))
  try {
    const either = AbortSignal.any([signal, ended.signal])
    return await terminal.question(hidden ? '' : question, { signal: either })
  } finally {
    terminal.close()
    if (hidden) process.stderr.write('\n')
  }
}
