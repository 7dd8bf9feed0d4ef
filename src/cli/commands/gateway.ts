/**
 * `ocilink gateway`: a gateway before a registry, on a port.
 *
 * @module
 */
import v8 from 'node:v8'
import { type Command, Option } from 'commander'
import type { GatewayOptions } from '../../gateway/index.ts'
import { CLIENT_HEADER } from '../lib/client-header.ts'
import { makeFetch } from '../lib/fetch.ts'
import { gather, INSECURE, PROXY, proxyAddress, wholeNumber } from '../lib/global-options.ts'
import { commandLine, listenUntilStopped, type SpeakingOptions } from '../lib/listen.ts'
import { reported } from '../lib/task.ts'

interface Options extends SpeakingOptions {
  readonly upstream: string
  readonly styles?: GatewayOptions['styles']
  readonly host?: string
  readonly port?: number
  readonly allowedHost?: readonly string[]
  readonly cors?: readonly string[]
  readonly insecure?: boolean
  readonly ca?: string
  readonly proxy?: string
  readonly concurrency?: number
  readonly clientHeader?: string
  readonly timeout?: number
}

/** Adds the command. */
export function gateway(program: Command): Command {
  return program
    .command('gateway')
    .summary('give a registry the referrers API, for every tool')
    .description(
      'Stands before a registry and gives it the referrers API: lists come from the referrers tag where the registry has none, and what is pushed with a subject is entered there. All else passes through, credentials included. Its address is the first line of standard output. SIGTERM and SIGINT stop it once running requests have ended; a second one stops it at once.',
    )
    .requiredOption(
      '--upstream <host>',
      'the registry: host[:port], or with http:// or https:// before it',
    )
    .addOption(
      new Option(
        '--styles <which>',
        'list links of OCI 1.1, or those of every way of linking (default: standard)',
      ).choices(['standard', 'all']),
    )
    .option('--host <address>', 'listen on this address (default: 127.0.0.1, this machine only)')
    .option('--port <n>', 'listen on this port (default: one that is free)', wholeNumber(0, 65_535))
    .option(
      '--allowed-host <name>',
      'answer requests for this host too; may be given more than once (default: localhost, IP addresses and the name in --host)',
      gather,
    )
    .option(
      '--cors <origin>',
      'let web pages of an origin use the gateway, such as https://example.com, or * for all; may be given more than once (default: none)',
      gather,
    )
    .option(...INSECURE)
    .option('--ca <file>', 'trust the certificates in a file (PEM) too')
    .option('--proxy <address>', PROXY, proxyAddress)
    .option(
      '--concurrency <n>',
      'requests of one client, by its address, that are answered at the same time (default: 64)',
      wholeNumber(1, 100_000),
    )
    .option('--timeout <seconds>', 'time for each request (default: 30)', wholeNumber(1, 86_400))
    .option(...CLIENT_HEADER)
    .addHelpText('after', '\nExample:\n  ocilink gateway --upstream registry.example --port 5000')
    .action(reported(run))
}

async function run(options: Options): Promise<void> {
  const { upstream, styles, host, port, allowedHost = [], concurrency } = options
  const { cors = [], clientHeader: header } = options
  collectOften()
  const fetchUpstream = await makeFetch(options)
  const { gateway: makeGateway } = await import('../../gateway/index.ts')
  const { fetch } = makeGateway({
    upstream,
    styles,
    cors: cors.includes('*') ? '*' : cors,
    concurrency,
    ...(options.timeout !== undefined && { timeout: options.timeout * 1000 }),
    ...(header && {
      // Who comes without it does not come by the proxy.
      clientOf: (request: Request & { readonly ip?: string | undefined }) =>
        request.headers.get(header) ?? request.ip,
    }),
    fetch: fetchUpstream,
  })
  const allowedHosts = [...allowedHost, ...(host === undefined ? [] : [host])]
  await listenUntilStopped({ fetch }, { host, port, allowedHosts }, options, commandLine(options))
}

/**
 * Keeps the heap's nursery as small as it is before anything is loaded: what passes is freed and used again at once, where it would
 * wait in memory otherwise (the gateway grew by twice as much, and took more processor time for the same bytes; measured
 * on Node 24 with 1 GiB).
 */
function collectOften(): void {
  // Bun has no V8.
  if (!('bun' in process.versions)) v8.setFlagsFromString('--semi-space-growth-factor=1')
}
