/**
 * What every command does around its call of the library: open places, write the answer, end with a code.
 *
 * @module
 */
import type { Command } from 'commander'
import type { ProgressEvent } from '../../index.ts'
import { errorJson } from './error-json.ts'
import { EXIT, type ExitCode, errorText, exitCodeOf } from './exit-codes.ts'
import type { GlobalOptions } from './global-options.ts'
import { interrupted, watchInterrupts } from './interrupts.ts'
import { jsonText } from './json-text.ts'
import { openPlace, type Place, type Use } from './place.ts'
import { makeProgress, type Progress } from './progress.ts'
import { makeSession, type Session } from './session.ts'
import { harmless } from './style.ts'

/** What a command is given. */
export interface Context {
  readonly options: GlobalOptions
  readonly session: Session
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Opens a reference until the command ends. */
  open(reference: string, use?: Use, onProgress?: (event: ProgressEvent) => void): Promise<Place>
  /** How far the work is, for people. */
  readonly progress: Progress
  /** Writes the answer: as JSON if that was asked for, else as text. */
  answer(value: object, text: string): void
}

/** Makes the action of a command that asks or changes something. */
export function task<Rest extends readonly unknown[]>(
  run: (context: Context, ...args: Rest) => Promise<ExitCode>,
): (...args: [...Rest, Command]) => Promise<void> {
  return async (...args) => {
    const options = (args.at(-1) as Command).opts<GlobalOptions>()
    leaveColours(options)
    const progress = makeProgress(options.quiet)
    const session = makeSession(options, progress.say)
    const places: Place[] = []
    let changes = false
    const sayInterrupted = (reason: unknown) => {
      progress.end()
      report(reason, options)
      process.exitCode = EXIT.interrupted
    }
    const interrupts = watchInterrupts(() => interrupted(changes, progress), sayInterrupted)
    const context: Context = {
      options,
      session,
      signal: interrupts.signal,
      progress,
      async open(reference, use, onProgress) {
        const place = await openPlace(reference, session, use, onProgress)
        changes ||= use === 'write' || use === 'change'
        places.push(place)
        return place
      },
      answer(value, text) {
        progress.end()
        const json = `${jsonText(value, 2)}\n`
        process.stdout.write(options.json ? json : text && `${harmless(text).replace(/\n$/, '')}\n`)
      },
    }
    try {
      const rest = args.slice(0, -1) as unknown as Rest
      process.exitCode = await run(context, ...rest)
    } catch (error) {
      progress.end()
      const { aborted, reason } = interrupts.signal
      if (aborted) sayInterrupted(reason)
      else report(error, options, session.asked)
    } finally {
      interrupts.end()
      await Promise.all(places.map((place) => place.close()))
    }
  }
}

/** Makes the action of a command that serves until it is stopped. */
export function reported<Options extends Pick<GlobalOptions, 'json' | 'color'>>(
  run: (options: Options) => Promise<void>,
): (options: Options) => Promise<void> {
  return (options) => {
    leaveColours(options)
    return run(options).catch((error) => report(error, options))
  }
}

function leaveColours({ color }: Pick<GlobalOptions, 'color'>): void {
  if (color === false) process.env.NO_COLOR = '1'
}

/** Says what went wrong, and ends with its code. */
export function report(
  error: unknown,
  { json }: Pick<GlobalOptions, 'json'>,
  asked: boolean = false,
): void {
  process.exitCode = exitCodeOf(error, asked)
  const text = json ? `${jsonText({ error: errorJson(error) })}\n` : errorText(error, asked)
  process.stderr.write(text)
}
