/**
 * Ctrl-C, and what asks a program to end (SIGTERM): a command ends within a second, and says what is done and how to
 * go on.
 *
 * @module
 */
import type { Progress } from './progress.ts'

/** Milliseconds that a command has to end by itself. */
const LONGEST_END = 900

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Ctrl-C as a signal. */
export interface Interrupts {
  readonly signal: AbortSignal
  /** From now on Ctrl-C ends the program at once. */
  end(): void
}

/**
 * Aborts at Ctrl-C; a second one ends the program at once.
 *
 * @param reasonOf - makes what is thrown then
 * @param onLate - called before the program is ended, where the command did not end by itself
 */
export function watchInterrupts(
  reasonOf: () => Error,
  onLate: (reason: Error) => void,
): Interrupts {
  const controller = new AbortController()
  const end = () => {
    for (const name of SIGNALS) process.removeListener(name, interrupt)
  }
  const interrupt = () => {
    end()
    const reason = reasonOf()
    controller.abort(reason)
    setTimeout(() => {
      onLate(reason)
      process.exit()
    }, LONGEST_END).unref()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  return { signal: controller.signal, end }
}

/**
 * What is done, and how to go on.
 *
 * @param changes - whether the command may have changed something
 */
export function interrupted(changes: boolean, { last }: Progress): Error {
  const done = last()
  const parts = [
    'interrupted',
    ...(done ? [`${done} were done`] : []),
    changes
      ? 'run the same command again to go on: what is done is kept'
      : 'nothing was changed: run it again from the beginning',
  ]
  return Object.assign(new Error(parts.join('; ')), { code: 'INTERRUPTED' })
}
