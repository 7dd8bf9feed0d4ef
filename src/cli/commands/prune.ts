/**
 * `ocilink prune`: links whose subject is gone.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Pruning } from '../../index.ts'
import { type DeleteOptions, deleteByPlan } from '../lib/deletes.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function prune(program: Command): Command {
  return program
    .command('prune')
    .summary('delete what is attached to images that are gone')
    .description('Deletes links whose image is gone. Exit code 5 where something stayed.')
    .argument('<reference>', 'the repository')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  ocilink prune registry.example/app --dry-run')
    .action(
      task(async (context, reference: string, given: DeleteOptions) => {
        const { repo } = await context.open(reference, given.dryRun ? 'read' : 'change')
        const library = await import('../../index.ts')
        return deleteByPlan<Pruning>(context, given, (options) => library.prune(repo, options))
      }),
    )
}
