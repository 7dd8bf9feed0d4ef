#!/usr/bin/env node
/**
 * ocilink as a program.
 *
 * @module
 */
import { EXIT } from './lib/exit-codes.ts'
import { watchStreams } from './lib/streams.ts'
import { report } from './lib/task.ts'
import { runProgram } from './program.ts'

const args = process.argv.slice(2)

// Node would end with 1, which is "no".
process.on('uncaughtException', (error) => {
  report(error, { json: args.includes('--json') })
  process.exit(EXIT.unknown)
})
watchStreams()

await runProgram(args)
