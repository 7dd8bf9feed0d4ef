/**
 * `ocilink save`: an image with what is attached to it, as an archive.
 *
 * @module
 */
import type { Command } from 'commander'
import { copyJson, lossLines } from '../lib/copy-report.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { allLevelsOption } from '../lib/find-options.ts'
import { newArchive } from '../lib/new-archive.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function save(program: Command): Command {
  return program
    .command('save')
    .summary('save an image with what is attached to it as an archive')
    .description(
      'Saves an image with everything that is attached to it as a tar archive of an OCI layout. Exit code 5 where something was lost: then nothing is written.',
    )
    .argument('<reference>', 'the image')
    .argument('<file>', 'the archive, which is replaced once it is whole')
    .addOption(allLevelsOption())
    .addHelpText('after', '\nExample:\n  ocilink save registry.example/app:v1 app.tar')
    .action(
      task(async (context, reference: string, file: string, { depth }: { depth: number }) => {
        const { open, answer, signal, progress } = context
        const library = await import('../../index.ts')
        const archive = await newArchive(file)
        try {
          const { repo, subject } = await open(reference)
          const { onProgress } = progress
          const options = { referrers: true, signal, onProgress, depth }
          const to = archive.box.repository(repo.name)
          const report = await library.copy(repo, subject, to, options)
          if (report.complete) await archive.commit(signal)
          answer(copyJson(report), [report.descriptor.digest, ...lossLines(report)].join('\n'))
          return report.complete ? EXIT.done : EXIT.partly
        } finally {
          await archive.close()
        }
      }),
    )
}
