/**
 * `ocilink has`: whether something is attached.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { defined, typeOption } from '../lib/find-options.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function has(program: Command): Command {
  return program
    .command('has')
    .summary('whether something is attached')
    .description(
      'Says whether something is attached to an image: exit code 0 for yes, 1 for no, and 2 where that could not be told.',
    )
    .argument('<reference>', 'the image')
    .addOption(typeOption())
    .addHelpText(
      'after',
      '\nExample:\n  ocilink has registry.example/app:v1 --type application/spdx+json',
    )
    .action(
      task(async ({ open, answer, signal }, reference: string, { type }: { type?: string }) => {
        const { repo, subject } = await open(reference)
        const { hasReferrer } = await import('../../index.ts')
        const options = { signal, ...defined({ artifactType: type }) }
        const has = await hasReferrer(repo, subject, options)
        answer({ has }, has ? 'yes' : 'no')
        return has ? EXIT.done : EXIT.no
      }),
    )
}
