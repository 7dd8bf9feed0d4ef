/**
 * `ocilink save`: an image with what is attached to it, as an archive.
 *
 * @module
 */
import type { Command } from 'commander'
import { copyJson, lossLines } from '../lib/copy-report.ts'
import { EXIT, UsageError } from '../lib/exit-codes.ts'
import { allLevelsOption } from '../lib/find-options.ts'
import { outputFile } from '../lib/output-file.ts'
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
        const { mkdtemp, rm } = await import('node:fs/promises')
        const { dirname, join, resolve } = await import('node:path')
        const library = await import('../../index.ts')
        const { layout, saveArchive } = await import('../../node/index.ts')
        if (file === '-') throw new UsageError('an archive is written into a file')
        const { path, isFile } = await outputFile(file)
        if (!isFile) throw new UsageError(`${file} is no file`)
        const { repo, subject } = await open(reference)
        // On the same disk: what fits there twice is what the archive needs.
        const directory = await mkdtemp(join(dirname(resolve(path)), '.ocilink-save-'))
        try {
          const box = await layout(directory)
          const to = box.repository(repo.name)
          const { onProgress } = progress
          const options = {
            referrers: true,
            signal,
            onProgress,
            depth,
          }
          const report = await library.copy(repo, subject, to, options)
          if (report.complete) await saveArchive(box, path, { signal })
          await box.close()
          answer(copyJson(report), [report.descriptor.digest, ...lossLines(report)].join('\n'))
          return report.complete ? EXIT.done : EXIT.partly
        } finally {
          await rm(directory, { recursive: true, force: true })
        }
      }),
    )
}
