/**
 * `ocilink list`: what is attached, by the links of OCI 1.1 or another way.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { defined, typeOption } from '../lib/find-options.ts'
import { referrerJson, referrerLine } from '../lib/referrer-text.ts'
import { strategyNamed } from '../lib/strategy-named.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly type?: string
  readonly as?: string
}

/** Adds the command. */
export function list(program: Command): Command {
  return program
    .command('list')
    .summary('what is attached by one way of linking')
    .description('Lists what is attached to an image by the links of OCI 1.1, or by another way.')
    .argument('<reference>', 'the image')
    .addOption(typeOption())
    .option('--as <way>', 'by this way of linking (default: oci-subject)')
    .addHelpText(
      'after',
      '\nExample:\n  ocilink list registry.example/app:v1 --type application/spdx+json',
    )
    .action(
      task(async ({ open, answer, signal }, reference: string, { type, as }: Options) => {
        const { repo, subject } = await open(reference)
        const { referrers } = await import('../../index.ts')
        const found = []
        const options = {
          signal,
          ...defined({ artifactType: type }),
          ...(as !== undefined && { strategy: await strategyNamed(as) }),
        }
        for await (const one of referrers(repo, subject, options)) found.push(referrerJson(one))
        answer({ referrers: found }, found.map(referrerLine).join('\n'))
        return EXIT.done
      }),
    )
}
