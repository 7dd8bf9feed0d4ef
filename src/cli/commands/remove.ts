/**
 * `ocilink remove`: an image with what is attached to it.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Removal } from '../../index.ts'
import { type DeleteOptions, deleteByPlan } from '../lib/deletes.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function remove(program: Command): Command {
  return program
    .command('remove')
    .summary('delete an image with what is attached to it')
    .description(
      'Deletes an image with everything that is attached to it, but what something else needs. Exit code 5 where something stayed.',
    )
    .argument('<reference>', 'the image')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  ocilink remove registry.example/app:v1 --dry-run')
    .action(
      task(async (context, reference: string, given: DeleteOptions) => {
        const { repo, subject } = await context.open(reference, given.dryRun ? 'read' : 'change')
        const library = await import('../../index.ts')
        return deleteByPlan<Removal>(context, given, (options) =>
          library.remove(repo, subject, { referrers: true, depth: Infinity, ...options }),
        )
      }),
    )
}
