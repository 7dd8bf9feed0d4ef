/**
 * The program's commands, and what they have in common.
 *
 * @module
 */
import { Command, CommanderError } from 'commander'
import { attach } from './commands/attach.ts'
import { completion } from './commands/completion.ts'
import { convert } from './commands/convert.ts'
import { copy } from './commands/copy.ts'
import { detach } from './commands/detach.ts'
import { detect } from './commands/detect.ts'
import { diff } from './commands/diff.ts'
import { discover } from './commands/discover.ts'
import { explore } from './commands/explore.ts'
import { gateway } from './commands/gateway.ts'
import { graph } from './commands/graph.ts'
import { has } from './commands/has.ts'
import { list } from './commands/list.ts'
import { load } from './commands/load.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { prune } from './commands/prune.ts'
import { read } from './commands/read.ts'
import { remove } from './commands/remove.ts'
import { save } from './commands/save.ts'
import { serve } from './commands/serve.ts'
import { statements } from './commands/statements.ts'
import { sweep } from './commands/sweep.ts'
import { tags } from './commands/tags.ts'
import { tree } from './commands/tree.ts'
import { version } from './commands/version.ts'
import { EXIT, UsageError } from './lib/exit-codes.ts'
import { addConnectionOptions, addGlobalOptions, addSpeakingOptions } from './lib/global-options.ts'
import { report } from './lib/task.ts'

/** In the order in which the help has them. */
const asking = [
  ...[tree, list, has, attach, read, statements, detach],
  ...[copy, convert, diff, remove, prune, save, load],
  ...[tags, detect, discover, graph, sweep, login, logout, version],
]
const serving = [serve, gateway]

/**
 * Makes the program. A wrong call throws a `CommanderError`, after it was said what is wrong.
 *
 * @param json - what is wrong is left to be said as JSON by who catches the error
 */
export function makeProgram({ json = false }: { readonly json?: boolean } = {}): Command {
  const program = new Command('ocilink')
    .description('Links artifacts to images in OCI registries, and finds them again.')
    .usage('<command> [options]')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'ocilink: ')),
      ...(json && { writeErr() {} }),
    })
  for (const add of asking) addGlobalOptions(add(program))
  for (const add of serving) addSpeakingOptions(add(program))
  addConnectionOptions(addSpeakingOptions(explore(program)))
  completion(program)
  addGlobalOptions(program)
  program.enablePositionalOptions().hook('preAction', handOn)
  for (const command of program.commands) {
    command.showHelpAfterError(`Try "ocilink ${command.name()} --help".`)
  }
  return program.showHelpAfterError('Try "ocilink --help".')
}

/** Gives a command the options that stand before it. */
function handOn(program: Command, command: Command): void {
  for (const option of program.options) {
    const key = option.attributeName()
    if (program.getOptionValueSource(key) !== 'cli') continue
    // Another option of this name may take something else.
    if (!command.options.some(({ flags }) => flags === option.flags)) {
      command.error(`error: unknown option '${option.long}'`)
    }
    if (command.getOptionValueSource(key) === 'cli') continue
    command.setOptionValueWithSource(key, program.getOptionValue(key), 'cli')
  }
}

/** Runs a call of the program, and leaves its code in `process.exitCode`. */
export async function runProgram(args: readonly string[]): Promise<void> {
  // Known before anything else is: what is wrong with the rest of the call is said as JSON too.
  const json = args.includes('--json')
  try {
    await makeProgram({ json }).parseAsync(usual(args), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const { code, exitCode, message } = error
    if (!json || exitCode === 0) process.exitCode = exitCode === 0 ? EXIT.done : EXIT.usage
    else {
      const text = code === 'commander.help' ? 'a command is missing' : message
      report(new UsageError(text.replace(/^error: /, '')), { json })
    }
  }
}

/** What other programs take, as this one has it. */
function usual(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args
  if (first === '--version' || first === '-V') return ['version', ...rest]
  return first === 'help' ? [...rest, '--help'] : args
}
