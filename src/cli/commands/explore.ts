/**
 * `ocilink explore`: a page that shows what is attached, and why somebody says "unsigned".
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { UsageError } from '../lib/exit-codes.ts'
import { makeExplorer } from '../lib/explorer.ts'
import { type GlobalOptions, wholeNumber } from '../lib/global-options.ts'
import { commandLine, listenUntilStopped } from '../lib/listen.ts'
import { makeSession, repositoryOptions } from '../lib/session.ts'
import { reported } from '../lib/task.ts'

interface Options extends GlobalOptions {
  readonly port?: number
}

/** Adds the command. */
export function explore(program: Command): Command {
  return program
    .command('explore')
    .summary('see what is attached in a browser')
    .description(
      'Serves a page on this machine that shows images and what is attached to them, with the logins that docker has. Its address, which has a secret in it, is the first line of standard output. SIGTERM and SIGINT stop it.',
    )
    .argument('[reference]', 'the image to begin with')
    .option('--port <n>', 'listen on this port (default: one that is free)', wholeNumber(0, 65_535))
    .addHelpText('after', '\nExample:\n  ocilink explore registry.example/app:v1')
    .action((reference: string | undefined, options: Options) =>
      reported((given: Options) => run(reference, given))(options),
    )
}

async function run(reference: string | undefined, options: Options): Promise<void> {
  const page = fileURLToPath(new URL('../explorer', import.meta.url))
  if (!existsSync(page)) throw new UsageError(`the page is not at ${page}`)
  const session = makeSession(options, (line) => process.stderr.write(`${line}\n`))
  const connection = await repositoryOptions(session)
  const explorer = await makeExplorer({ page, connection })
  const hash = reference === undefined ? '' : `#${encodeURIComponent(reference)}`
  const here = { port: options.port, allowedHosts: ['127.0.0.1', 'localhost'] }
  // Those to the registry are shown; the page's own have the secret in them.
  const speaking = { json: options.json === true }
  await listenUntilStopped(
    explorer,
    here,
    speaking,
    commandLine(speaking),
    `${explorer.path}${hash}`,
  )
}
