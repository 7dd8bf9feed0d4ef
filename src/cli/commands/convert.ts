/**
 * `ocilink convert`: links of one way into another.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Certificate } from '../../index.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { gather } from '../lib/global-options.ts'
import { strategyNamed } from '../lib/strategy-named.ts'
import { shown } from '../lib/style.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly as: readonly string[]
  readonly from?: readonly string[]
  readonly dryRun?: boolean
}

/** Adds the command. */
export function convert(program: Command): Command {
  return program
    .command('convert')
    .summary('link what is attached by another way too')
    .description(
      'Links what is attached by another way too; the old links stay. Exit code 5 where not all could be converted.',
    )
    .argument('<reference>', 'the image')
    .requiredOption('--as <way>', 'the new way of linking; may be given more than once', gather)
    .option('--from <way>', 'only links of this way; may be given more than once', gather)
    .option('--dry-run', 'say what would be linked, and write nothing')
    .addHelpText(
      'after',
      '\nExample:\n  ocilink convert registry.example/app:v1 --from cosign --as oci',
    )
    .action(
      task(async ({ open, answer, signal }, reference: string, given: Options) => {
        const { as, from, dryRun = false } = given
        const to = await Promise.all(as.map(strategyNamed))
        const ways = from && (await Promise.all(from.map(strategyNamed)))
        const { repo, subject } = await open(reference, dryRun ? 'read' : 'change')
        const library = await import('../../index.ts')
        const done = await library.convert(repo, subject, {
          to,
          dryRun,
          signal,
          from: ways,
        })
        answer(done, certificateText(done))
        return done.complete ? EXIT.done : EXIT.partly
      }),
    )
}

/** A line for each new link. */
function certificateText({ converted }: Certificate): string {
  const lines = converted.flatMap(({ from, to }) =>
    to.map(({ strategy, status, digest = '' }) =>
      shown(`${status}  ${from.artifactType}  ${strategy}  ${digest}`).trimEnd(),
    ),
  )
  return lines.length > 0 ? lines.join('\n') : 'nothing to convert'
}
