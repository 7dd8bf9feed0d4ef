/**
 * `ocilink version`.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function version(program: Command): Command {
  return program
    .command('version')
    .summary('the version of this program')
    .addHelpText('after', '\nExample:\n  ocilink version')
    .action(
      task(async ({ answer }) => {
        const { default: manifest } = await import('ocilink/package.json', {
          with: { type: 'json' },
        })
        const { version } = manifest
        answer({ version }, version)
        return EXIT.done
      }),
    )
}
