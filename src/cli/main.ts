#!/usr/bin/env node
/**
 * ocilink as a program: finds the command, and says what is wrong with how it was called.
 *
 * @module
 */
import { type Command, UsageError } from './command.ts'
import { gateway } from './gateway.ts'
import { serve } from './serve.ts'

const commands: Readonly<Record<string, Command>> = { gateway, serve }

const help = `Usage: ocilink <command> [options]

Commands:
  gateway  gives a registry the referrers API, for every tool
  serve    serves a registry on a port of this machine

"ocilink <command> --help" says more about one.
`

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
const asksForHelp = (words: readonly string[]) => words.includes('--help') || words.includes('-h')

try {
  if (asksForHelp([name])) process.stdout.write(help)
  else if (!command)
    throw new UsageError(name ? `there is no command "${name}"` : 'no command given')
  else if (asksForHelp(args)) process.stdout.write(command.help)
  else await command.run(args)
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(`ocilink: ${error instanceof Error ? error.message : error}`)
  if (isUsage) console.error(`Try "ocilink ${command ? `${name} ` : ''}--help".`)
  // As shells and most programs have it: 2 for a wrong call, 1 for everything else.
  process.exitCode = isUsage ? 2 : 1
}
