/**
 * `ocilink load`: what an archive holds, into a registry or a layout.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Box } from '../../node/index.ts'
import { copyJson, lossLines } from '../lib/copy-report.ts'
import { tagsAt } from '../lib/destination.ts'
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
    .option('--tag <tag>', 'the image in an archive of several: its tag or its digest')
    .addHelpText('after', '\nExample:\n  ocilink load app.tar registry.example/app:v1')
    .action(
      task(async (context, file: string, destination: string, { tag }: { tag?: string }) => {
        const { open, answer, signal, progress } = context
        const library = await import('../../index.ts')
        const { archive } = await import('../../node/index.ts')
        const box = await archive(file)
        try {
          const from = box.repository()
          const name = tag ?? (await onlyImage(box, file, signal))
          const to = await open(destination, 'write')
          const tags = await tagsAt(to, { repo: from, subject: name }, signal)
          const { onProgress } = progress
          const options = { referrers: true, depth: Infinity, tags, signal, onProgress }
          const report = await library.copy(from, name, to.repo, options)
          await to.commit?.(signal)
          answer(copyJson(report), [report.descriptor.digest, ...lossLines(report)].join('\n'))
          return report.complete ? EXIT.done : EXIT.partly
        } finally {
          await box.close()
        }
      }),
    )
}

/**
 * The image of an archive that holds one: at the only tag that somebody chose; or, without a tag, what is attached to
 * nothing.
 *
 * @throws `UsageError` naming those that there are
 */
async function onlyImage(box: Box, file: string, signal: AbortSignal): Promise<string> {
  const { tags } = await import('../../index.ts')
  const repo = box.repository()
  const names: string[] = []
  for await (const { tag } of tags(repo, { kind: 'named', signal })) names.push(tag)
  if (names.length === 0) {
    const { getManifest } = await import('../../registry/index.ts')
    for (const { descriptor, tag } of await box.entries()) {
      if (tag !== undefined) continue
      const { bytes } = await getManifest(repo, descriptor.digest, { signal })
      if (!JSON.parse(new TextDecoder().decode(bytes)).subject) names.push(descriptor.digest)
    }
  }
  const [name] = names
  if (name !== undefined && names.length === 1) return name
  throw new UsageError(`${file} holds ${names.join(', ') || 'no image'}: pass --tag`)
}
