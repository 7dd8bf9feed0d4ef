/**
 * `ocilink read`: the content of what is attached.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import type { ReadArtifact } from '../../index.ts'
import { blobProgress } from '../lib/blob-progress.ts'
import { EXIT, UsageError } from '../lib/exit-codes.ts'
import { defined } from '../lib/find-options.ts'
import { wholeNumber } from '../lib/global-options.ts'
import { outputFile, writeFileOf } from '../lib/output-file.ts'
import { referrerJson } from '../lib/referrer-text.ts'
import { shown } from '../lib/style.ts'
import { task } from '../lib/task.ts'

interface Options {
  readonly type?: string
  readonly predicate?: string
  readonly platform?: string
  readonly file?: number
  readonly output?: string
}

/** Adds the command. */
export function read(program: Command): Command {
  return program
    .command('read')
    .summary('the content of what is attached')
    .description(
      'Writes the newest artifact that is attached to standard output, or into a file. Its digest is checked. With --json: what was read, without its content.',
    )
    .argument('<reference>', 'the image')
    .option('-t, --type <type>', 'of this artifact type')
    .option('--predicate <type>', 'with an in-toto statement of this predicate type')
    .option('--platform <os/arch>', 'of this platform of an index')
    .option('--file <n>', 'of several files this one, by its number', wholeNumber(1, 100_000))
    .option(
      '-o, --output <file>',
      'write into a file, whole or not at all (default: -, standard output)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  ocilink read registry.example/app:v1 --type application/spdx+json -o sbom.json',
    )
    .action(
      task(async (context, reference: string, given: Options) => {
        const { open, answer, progress, signal, options } = context
        const { json } = options
        const { type, predicate, platform, output = '-' } = given
        const target = output === '-' ? undefined : await outputFile(output)
        // A bar would stand in what is written to a terminal.
        const watch = target === undefined ? undefined : blobProgress(progress.onProgress)
        const { repo, subject } = await open(reference, 'read', watch)
        const { readArtifact } = await import('../../index.ts')
        const artifact = await readArtifact(repo, subject, {
          signal,
          ...defined({ artifactType: type, predicateType: predicate, platform }),
        })
        const blob = fileOf(artifact, given.file)
        const content = Readable.fromWeb(blob.stream() as never)
        if (target) await writeFileOf(content, target, signal)
        else if (!json) await writeOut(content, signal)
        else content.destroy()
        progress.end()
        if (json) answer({ artifact: referrerJson(artifact) }, '')
        return EXIT.done
      }),
    )
}

/**
 * The file that is wanted; of one file or none what the library says of it.
 *
 * @throws `UsageError` naming those that there are, where none of them is chosen
 */
function fileOf(artifact: ReadArtifact, number: number | undefined) {
  const { blobs, digest } = artifact
  if (number !== undefined && blobs[number - 1]) return blobs[number - 1]!
  if (number === undefined && blobs.length < 2) return artifact
  const files = blobs.map(({ mediaType, size }, at) => `${at + 1} (${mediaType}, ${size} bytes)`)
  const choice = files.length > 1 ? `: pass --file with a number: ${files.join(', ')}` : ''
  throw new UsageError(shown(`The artifact ${digest} has ${files.length} files${choice}`))
}

/** What goes wrong with standard output itself is told by who watches it. */
async function writeOut(content: Readable, signal: AbortSignal): Promise<void> {
  let failed = false
  const onError = () => {
    failed = true
  }
  process.stdout.once('error', onError)
  try {
    await pipeline(content, process.stdout, { end: false, signal })
  } catch (error) {
    if (!failed) throw error
  } finally {
    process.stdout.removeListener('error', onError)
  }
}
