#!/usr/bin/env node
/**
 * ocilink as a program.
 *
 * @module
 */
import { CommanderError } from 'commander'
import { EXIT } from './lib/exit-codes.ts'
import { makeProgram } from './program.ts'

// Who reads the answer may stop reading it, as `head` does.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === 'EPIPE' ? EXIT.done : EXIT.unknown)
})

try {
  await makeProgram().parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
}
