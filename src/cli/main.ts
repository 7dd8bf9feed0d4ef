#!/usr/bin/env node
/**
 * ocilink as a program.
 *
 * @module
 */
import { EXIT } from './lib/exit-codes.ts'
import { runProgram } from './program.ts'

// Who reads the answer may stop reading it, as `head` does.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === 'EPIPE' ? EXIT.done : EXIT.unknown)
})

await runProgram(process.argv.slice(2))
