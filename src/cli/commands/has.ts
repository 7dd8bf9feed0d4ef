/**
 * `ocilink has`: whether something is attached.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { defined, typeOption } from '../lib/find-options.ts'
import { strategyNamed } from '../lib/strategy-named.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly type?: string
  readonly as?: string
}

/** Adds the command. */
export function has(program: Command): Command {
  return program
    .command('has')
    .summary('whether something is attached by one way of linking')
    .description(
      'Says whether something is attached to an image by the links of OCI 1.1, or by another way: exit code 0 for yes, 1 for no, and 2 where that could not be told.',
    )
    .argument('<reference>', 'the image')
    .addOption(typeOption())
    .option('--as <way>', 'by this way of linking (default: oci-subject)')
    .addHelpText(
      'after',
      '\nExample:\n  ocilink has registry.example/app:v1 --type application/spdx+json',
    )
    .action(
      task(async ({ open, answer, signal }, reference: string, { type, as }: Options) => {
        const { repo, subject } = await open(reference)
        const { hasReferrer } = await import('../../index.ts')
        const options = {
          signal,
          ...defined({ artifactType: type }),
          ...(as !== undefined && { strategy: await strategyNamed(as) }),
        }
        const has = await hasReferrer(repo, subject, options)
        answer({ has }, has ? 'yes' : 'no')
        return has ? EXIT.done : EXIT.no
      }),
    )
}
