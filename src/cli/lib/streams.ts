/**
 * Standard output and standard error that nobody reads, or that are on a full disk.
 *
 * @module
 */
import { EXIT } from './exit-codes.ts'

/** Lets a command end by itself, with the code of its answer; with "could not tell" where that could not be written. */
export function watchStreams(): void {
  // What is said besides changes no answer.
  process.stderr.on('error', () => {})
  // Who reads the answer may stop reading it, as `head` does. What comes after the first is that it stays so.
  let first = true
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (!first) return
    first = false
    if (code === 'EPIPE') return
    process.stderr.write(`ocilink: the answer could not be written: ${message}\n`)
    process.once('exit', () => {
      const known = process.exitCode === EXIT.done || process.exitCode === EXIT.no
      if (known || process.exitCode === undefined) process.exitCode = EXIT.unknown
    })
  })
}
