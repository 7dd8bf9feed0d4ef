/**
 * `ocilink diff`: what is attached to one image and not to another.
 *
 * @module
 */
import type { Command } from 'commander'
import { EXIT } from '../lib/exit-codes.ts'
import { referrerJson, referrerLine } from '../lib/referrer-text.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function diff(program: Command): Command {
  return program
    .command('diff')
    .summary('compare what is attached to two images')
    .description(
      'Compares what is attached to two images. Exit code 0 where it is the same, 1 where it is not, 2 where that could not be told.',
    )
    .argument('<reference>', 'the image')
    .argument('<other>', 'the other image')
    .addHelpText(
      'after',
      '\nExample:\n  ocilink diff registry.example/app:v1 mirror.example/app:v1',
    )
    .action(
      task(async ({ open, answer, signal }, reference: string, other: string) => {
        const here = await open(reference)
        const there = await open(other)
        const library = await import('../../index.ts')
        const found = await library.diff(here.repo, here.subject, there.repo, there.subject, {
          signal,
        })
        const onlyHere = found.onlyHere.map(referrerJson)
        const onlyThere = found.onlyThere.map(referrerJson)
        const { complete } = found
        const lines = [
          ...onlyHere.map((one) => `- ${referrerLine(one)}`),
          ...onlyThere.map((one) => `+ ${referrerLine(one)}`),
        ]
        answer(
          { complete, onlyHere, onlyThere, both: found.both.map(referrerJson) },
          lines.join('\n'),
        )
        if (!complete) return EXIT.unknown
        return lines.length > 0 ? EXIT.no : EXIT.done
      }),
    )
}
