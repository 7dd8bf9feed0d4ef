/**
 * `ocilink load`: what an archive holds, into a registry or a layout.
 *
 * @module
 */
import type { Command } from 'commander'
import { copyJson, lossLines } from '../lib/copy-report.ts'
import { EXIT, UsageError } from '../lib/exit-codes.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function load(program: Command): Command {
  return program
    .command('load')
    .summary('load an image with what is attached to it from an archive')
    .description(
      'Copies an image with everything that is attached to it out of an archive. Exit code 5 where something was lost.',
    )
    .argument('<file>', 'the archive')
    .argument('<destination>', 'where to')
    .option('--tag <tag>', 'the image in an archive of several')
    .addHelpText('after', '\nExample:\n  ocilink load app.tar registry.example/app:v1')
    .action(
      task(async (context, file: string, destination: string, { tag }: { tag?: string }) => {
        const { open, answer, signal, progress } = context
        const library = await import('../../index.ts')
        const { archive } = await import('../../node/index.ts')
        const box = await archive(file)
        try {
          const from = box.repository()
          const names: string[] = []
          for await (const one of library.tags(from, { kind: 'named', signal })) names.push(one.tag)
          const name = tag ?? (names.length === 1 ? names[0] : undefined)
          if (name === undefined) {
            throw new UsageError(`${file} holds ${names.join(', ') || 'no tag'}: pass --tag`)
          }
          const to = await open(destination, 'write')
          const tags = to.subject.includes(':') ? [] : [to.subject]
          const { onProgress } = progress
          const options = { referrers: true, depth: Infinity, tags, signal, onProgress }
          const report = await library.copy(from, name, to.repo, options)
          answer(copyJson(report), [report.descriptor.digest, ...lossLines(report)].join('\n'))
          return report.complete ? EXIT.done : EXIT.partly
        } finally {
          await box.close()
        }
      }),
    )
}
