/**
 * `ocilink tags`: the tags that people chose, or those that link.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { shown } from '../lib/style.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function tags(program: Command): Command {
  return program
    .command('tags')
    .summary('tags of a repository, without those that only link')
    .description(
      'Lists the tags of a repository that somebody chose, or those that link something.',
    )
    .argument('<reference>', 'the repository')
    .option('--links', 'only those that link, and what they link')
    .addHelpText('after', '\nExample:\n  ocilink tags registry.example/app')
    .action(
      task(async ({ open, answer, signal }, reference: string, { links }: { links?: boolean }) => {
        const { repo } = await open(reference)
        const library = await import('../../index.ts')
        const found = []
        const options = { kind: links ? 'link' : 'named', signal } as const
        for await (const one of library.tags(repo, options)) found.push(one)
        const lines = found.map((one) =>
          shown('links' in one ? `${one.tag}  ${one.links.spelling}` : one.tag),
        )
        answer({ tags: found }, lines.join('\n'))
        return EXIT.done
      }),
    )
}
