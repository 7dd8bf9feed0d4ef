/**
 * `ocilink statements`: the in-toto statements that are attached.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { defined } from '../lib/find-options.ts'
import { shown } from '../lib/style.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function statements(program: Command): Command {
  return program
    .command('statements')
    .summary('in-toto statements that are attached')
    .description(
      'Lists the in-toto statements that are attached, with --json whole. Signatures are not checked.',
    )
    .argument('<reference>', 'the image')
    .option('--predicate <type>', 'only of this predicate type')
    .addHelpText('after', '\nExample:\n  ocilink statements registry.example/app:v1 --json')
    .action(
      task(async (context, reference: string, { predicate }: { predicate?: string }) => {
        const { open, answer, signal } = context
        const { repo, subject } = await open(reference)
        const library = await import('../../index.ts')
        const found = []
        const options = { signal, ...defined({ predicateType: predicate }) }
        for await (const one of library.statements(repo, subject, options)) {
          const { predicateType, subjectMatches, verified, wrapper, statement } = one
          found.push({ predicateType, subjectMatches, verified, wrapper, statement })
        }
        const lines = found.map(({ predicateType, subjectMatches }) =>
          shown(subjectMatches ? predicateType : `${predicateType}  (of another subject)`),
        )
        answer({ statements: found }, lines.join('\n'))
        return EXIT.done
      }),
    )
}
