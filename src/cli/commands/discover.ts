/**
 * `ocilink discover`: everything that is attached, in one list, and where it was looked for.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { defined, depthOption, typeOption } from '../lib/find-options.ts'
import { listedJson, referrerLine, sourceJson, table } from '../lib/referrer-text.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly type?: string
  readonly depth?: number
}

/** Adds the command. */
export function discover(program: Command): Command {
  return program
    .command('discover')
    .summary('what is attached in one list, and where it was looked for')
    .description(
      'Lists everything that is attached to an image, however it was linked, and what each way of linking was answered. Exit code 2 where something could not be read.',
    )
    .argument('<reference>', 'the image')
    .addOption(typeOption())
    .addOption(depthOption())
    .addHelpText('after', '\nExample:\n  ocilink discover registry.example/app:v1 --depth 2')
    .action(
      task(async ({ open, answer, signal }, reference: string, { type, depth }: Options) => {
        const { repo, subject } = await open(reference)
        const library = await import('../../index.ts')
        const { flat, complete, sources } = await library.discover(repo, subject, {
          signal,
          ...defined({ artifactType: type, depth }),
        })
        const found = flat.map(listedJson)
        const asked = sources.map(sourceJson)
        const rows = asked.map(({ strategy, status, count, error }) => [
          strategy,
          status,
          `${count}`,
          error?.message ?? '',
        ])
        const lists = [
          ...found.map(referrerLine),
          table([['WAY OF LINKING', 'ANSWER', 'FOUND', 'REASON'], ...rows]),
        ]
        answer({ complete, referrers: found, sources: asked }, lists.join('\n'))
        return complete ? EXIT.done : EXIT.unknown
      }),
    )
}
