/**
 * `ocilink copy`: an image, with what is attached to it.
 *
 * @module
 */
import type { Command } from 'commander'
import { copyJson, lossLines } from '../lib/copy-report.ts'
import { tagsAt } from '../lib/destination.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { allLevelsOption } from '../lib/find-options.ts'
import { gather } from '../lib/global-options.ts'
import { strategyNamed } from '../lib/strategy-named.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly referrers: boolean
  readonly depth: number
  readonly platform?: readonly string[]
  readonly as?: string
  readonly dryRun?: boolean
}

/** Adds the command. */
export function copy(program: Command): Command {
  return program
    .command('copy')
    .summary('copy an image with what is attached to it')
    .description(
      'Copies an image with everything that is attached to it. Exit code 5 where something was lost, or may have been.',
    )
    .argument('<source>', 'the image')
    .argument('<destination>', 'where to')
    .option('--no-referrers', 'the image alone')
    .addOption(allLevelsOption())
    .option('--platform <os/arch>', 'only this platform; may be given more than once', gather)
    .option('--as <way>', 'link by this way where the destination cannot keep a link as it is')
    .option('--dry-run', 'say what would be copied, and write nothing')
    .addHelpText('after', '\nExample:\n  ocilink copy registry.example/app:v1 oci-layout:backup:v1')
    .action(
      task(async (context, source: string, destination: string, given: Options) => {
        const { open, answer, signal, progress } = context
        const { referrers, depth, platform, as, dryRun = false } = given
        const from = await open(source)
        const to = await open(destination, dryRun ? 'look' : 'write')
        const library = await import('../../index.ts')
        const report = await library.copy(from.repo, from.subject, to.repo, {
          referrers,
          dryRun,
          signal,
          onProgress: progress.onProgress,
          tags: await tagsAt(to, from, signal),
          depth,
          platforms: platform,
          ...(as !== undefined && { strategy: await strategyNamed(as) }),
        })
        if (!dryRun) await to.commit?.(signal)
        const { complete, descriptor, manifests, blobs } = report
        const copied = `${manifests.length} manifests, ${blobs.length} blobs, ${report.referrers.length} referrers`
        const verb = dryRun ? 'would be at' : 'are at'
        const lines = [descriptor.digest, `${copied} ${verb} ${destination}`, ...lossLines(report)]
        answer(copyJson(report), lines.join('\n'))
        return complete ? EXIT.done : EXIT.partly
      }),
    )
}
