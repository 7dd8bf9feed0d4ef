/**
 * `ocilink completion`: a shell completes commands and options.
 *
 * @module
 */
import { Argument, Command } from 'commander'

/** Adds the command, and the one that the shells' scripts call. */
export function completion(program: Command): Command {
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      ;(await completer(program)).parse([...words])
    })
  return program
    .command('completion')
    .summary('complete commands and options in a shell')
    .description(
      'Prints a script by which a shell completes the commands and options of this program.',
    )
    .addArgument(
      new Argument('<shell>', 'for this shell').choices(['bash', 'zsh', 'fish', 'powershell']),
    )
    .addHelpText(
      'after',
      `
Example:
  ocilink completion bash >> ~/.bashrc
  ocilink completion zsh > ~/.zfunc/_ocilink   # in a directory of $fpath
  ocilink completion fish > ~/.config/fish/completions/ocilink.fish`,
    )
    .action(async (shell: string) => {
      ;(await completer(program)).setup(program.name(), program.name(), shell)
    })
}

/** Knows the program's other commands. */
async function completer(program: Command) {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  const known = new Command(program.name()).helpCommand(false)
  for (const command of program.commands) {
    if (['complete', 'completion'].includes(command.name())) continue
    // One line.
    known.addCommand(command.description(command.summary()))
  }
  return tab(known, { completionCommandName: 'completion' })
}
