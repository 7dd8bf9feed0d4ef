/**
 * `ocilink sweep`: what is in a bucket and no use to anybody.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Swept } from '../../s3/index.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { wholeNumber } from '../lib/global-options.ts'
import { S3, S3_REGION, type S3Options, s3Place } from '../lib/s3-place.ts'
import { shown } from '../lib/style.ts'
import { task } from '../lib/task.ts'

interface Options extends S3Options {
  readonly s3: string
  readonly delete?: boolean
  readonly olderThan?: number
}

const DAY = 86_400

/** Adds the command. */
export function sweep(program: Command): Command {
  return program
    .command('sweep')
    .summary('find what is of no use in a bucket, and take it away')
    .description(
      'Says what is of no use in a bucket of "ocilink serve --s3": blobs that no manifest names, uploads and copies that nobody went on with, locks of writes that were not finished, tags that were deleted. With --delete it is taken away, and the writes are finished; let nobody push meanwhile.',
    )
    .requiredOption(...S3)
    .option(...S3_REGION)
    .option('--delete', 'take it away')
    .option(
      '--older-than <days>',
      'only what has not changed for so many days (default: 1)',
      wholeNumber(0, 36_500),
    )
    .addHelpText('after', '\nExample:\n  ocilink sweep --s3 https://s3.example/images')
    .action(
      task(async ({ answer, signal, options, progress }, given: Options) => {
        const { sweepS3 } = await import('../../s3/index.ts')
        const storage = await s3Place(given.s3, { ...options, ...given })
        const how = { delete: given.delete ?? false, olderThan: (given.olderThan ?? 1) * DAY }
        const items: Swept[] = []
        for await (const one of sweepS3(storage, how)) {
          signal.throwIfAborted()
          items.push(one)
        }
        progress.end()
        const size = items.reduce((sum, one) => sum + one.size, 0)
        const lines = items.map((one) =>
          shown(`${one.deleted ? 'deleted  ' : ''}${one.what}  ${one.size}  ${one.key}`),
        )
        answer(
          { dryRun: !how.delete, items, size },
          [...lines, `${items.length} of no use, ${size} bytes`].join('\n'),
        )
        return EXIT.done
      }),
    )
}
