/**
 * `ocilink attach`: files, or annotations alone, to an image.
 *
 * @module
 */
import type { Command } from 'commander'
import type { ArtifactBlob } from '../../index.ts'
import { blobProgress } from '../lib/blob-progress.ts'
import { errorJson } from '../lib/error-json.ts'
import { EXIT, UsageError } from '../lib/exit-codes.ts'
import { gather } from '../lib/global-options.ts'
import { referrerJson, referrerLine } from '../lib/referrer-text.ts'
import { strategyNamed } from '../lib/strategy-named.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly type: string
  readonly annotation?: readonly string[]
  readonly as?: string
  readonly also?: readonly string[]
}

/** Adds the command. */
export function attach(program: Command): Command {
  return program
    .command('attach')
    .summary('attach files to an image')
    .description(
      'Attaches files to an image, or annotations alone, and prints what was attached. Exit code 5 where that worked by some ways of linking only.',
    )
    .argument('<reference>', 'the image')
    .argument(
      '[file[:media/type]...]',
      'files, with their media types (default: application/octet-stream)',
    )
    .requiredOption('-t, --type <type>', 'artifact type, such as application/spdx+json')
    .option('-a, --annotation <key=value>', 'annotation; may be given more than once', gather)
    .option('--as <way>', 'by this way of linking (default: oci-subject)')
    .option('--also <way>', 'and by this one; may be given more than once', gather)
    .addHelpText(
      'after',
      '\nExample:\n  ocilink attach registry.example/app:v1 --type application/spdx+json sbom.json:application/json',
    )
    .action(
      task(async (context, reference: string, files: readonly string[], given: Options) => {
        const { open, answer, signal, progress } = context
        const { type: artifactType, annotation = [], as = 'oci-subject', also = [] } = given
        const annotations = Object.fromEntries(annotation.map(readPair))
        const strategies = await Promise.all([as, ...also].map(strategyNamed))
        const blobs = await Promise.all(files.map(readFile))
        const { repo, subject } = await open(reference, 'change', blobProgress(progress.onProgress))
        const library = await import('../../index.ts')
        const artifact = { artifactType, blobs, annotations }
        const outcomes = await library.attach(repo, subject, artifact, { strategies, signal })
        const made = outcomes.flatMap(({ referrer }) => (referrer ? [referrerJson(referrer)] : []))
        const failed = outcomes.flatMap(({ strategy, error }) =>
          error ? [{ strategy, error }] : [],
        )
        // Nothing was attached at all.
        if (made.length === 0) throw failed[0]?.error
        answer(
          {
            attached: made,
            failed: failed.map(({ strategy, error }) => ({ strategy, error: errorJson(error) })),
          },
          made.map(referrerLine).join('\n'),
        )
        for (const { strategy, error } of failed) {
          process.stderr.write(`ocilink: ${strategy}: ${error.message}\n`)
        }
        return failed.length === 0 ? EXIT.done : EXIT.partly
      }),
    )
}

function readPair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--annotation must be key=value, got "${text}"`)
  return [text.slice(0, at), text.slice(at + 1)]
}

async function readFile(text: string): Promise<ArtifactBlob> {
  const [, path = text, mediaType = 'application/octet-stream'] =
    /^(.+):([\w.+-]+\/[\w.+-]+)$/.exec(text) ?? []
  const { fileBlob } = await import('../../node/index.ts')
  return { data: await fileBlob(path), mediaType: mediaType as ArtifactBlob['mediaType'] }
}
