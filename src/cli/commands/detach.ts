/**
 * `ocilink detach`: one artifact from an image.
 *
 * @module
 */
import type { Command } from 'commander'
import { checkAskable, confirm } from '../lib/confirm.ts'
import type { DeleteOptions } from '../lib/deletes.ts'
import { EXIT } from '../lib/exit-codes.ts'
import { listedJson, referrerLine } from '../lib/referrer-text.ts'
import { task } from '../lib/task.ts'

/** Adds the command. */
export function detach(program: Command): Command {
  return program
    .command('detach')
    .summary('take one artifact away from an image')
    .description(
      'Takes one artifact away from an image, however it was linked. Exit code 1 where it is not attached.',
    )
    .argument('<reference>', 'the image')
    .argument('<digest>', 'the artifact, as tree has it')
    .option('--dry-run', 'say what would be taken away, and write nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `\nExample:\n  ocilink detach registry.example/app:v1 sha256:${'0'.repeat(64)} --dry-run`,
    )
    .action(
      task(async (context, reference: string, digest: string, given: DeleteOptions) => {
        const { open, answer, signal } = context
        const { yes, dryRun } = given
        if (!yes && !dryRun) checkAskable()
        const library = await import('../../index.ts')
        library.parseDigest(digest, 'digest')
        const { repo, subject } = await open(reference, dryRun ? 'read' : 'change')
        const { flat, sources } = await library.discover(repo, subject, { depth: 8, signal })
        const found = flat.find((one) => one.digest === digest)
        if (!found) {
          const failed = sources.find(({ status }) => status === 'failed')
          if (failed) throw failed.error
          const message = `${digest} is not attached to ${reference}`
          throw new library.NoMatchError(
            message,
            digest,
            flat.map((one) => one.digest),
          )
        }
        const referrer = listedJson(found)
        const line = referrerLine(referrer)
        if (dryRun) {
          answer({ dryRun, referrer }, `would take away: ${line}`)
          return EXIT.done
        }
        if (!yes && !(await confirm(`Take away ${line}?`, signal))) return EXIT.no
        const done = await library.detach(repo, found.subject.digest, found, { signal })
        const { deleted, action, reason, confirmed } = done
        answer(
          {
            dryRun: false,
            referrer,
            deleted,
            action,
            reason,
            confirmed,
          },
          `${deleted ? 'deleted' : (action ?? 'kept')} ${done.digest}`,
        )
        return done.confirmed ? EXIT.done : EXIT.partly
      }),
    )
}
