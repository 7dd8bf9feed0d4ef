#!/usr/bin/env node
/**
 * ocilink as a program.
 *
 * @module
 */
import { EXIT } from './lib/exit-codes.ts'
import { report } from './lib/task.ts'
import { runProgram } from './program.ts'

const args = process.argv.slice(2)

// Who reads the answer may stop reading it, as `head` does. A command that has ended ends as it would have.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.exit(EXIT.unknown)
  if (process.exitCode === undefined) process.exit(EXIT.done)
})
// What is said beside the answer changes nothing about it.
process.stderr.on('error', () => {})

// Node would end with 1, which is "no".
process.on('uncaughtException', (error) => {
  report(error, { json: args.includes('--json') })
  process.exit(EXIT.unknown)
})

await runProgram(args)
