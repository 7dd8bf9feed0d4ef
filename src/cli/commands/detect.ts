/**
 * `ocilink detect`: what a registry can do.
 *
 * @module
 */
import type { Command } from 'commander'
import { errorJson } from '../lib/error-json.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { table } from '../lib/referrer-text.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function detect(program: Command): Command {
  return program
    .command('detect')
    .summary('which ways of linking a registry supports')
    .description(
      'Finds out which ways of linking a registry supports, by reading and never by writing.',
    )
    .argument('<reference>', 'a repository there')
    .addHelpText('after', '\nExample:\n  ocilink detect registry.example/app')
    .action(
      task(async ({ open, answer, signal }, reference: string) => {
        const { repo } = await open(reference)
        const library = await import('../../index.ts')
        const found = await library.detect(repo, { signal })
        const rows = found.strategies.map(({ strategy, read, write, because }) => [
          strategy,
          read,
          write,
          because,
        ])
        const strategies = found.strategies.map((one) => ({
          ...one,
          ...(one.error && { error: errorJson(one.error) }),
        }))
        answer(
          { ...found, strategies },
          table([['WAY OF LINKING', 'READ', 'WRITE', 'BECAUSE'], ...rows]),
        )
        return EXIT.done
      }),
    )
}
