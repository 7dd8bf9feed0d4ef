/**
 * `ocilink serve`: the embedded registry on a port, in memory, in a directory or in a bucket.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import type { AuthOptions, EmbeddedRegistry, ProfileName, Storage } from '../../embedded/index.ts'
import { CLIENT_HEADER } from '../lib/client-header.ts'
import { UsageError } from '../lib/exit-codes.ts'
import { gather, INSECURE, PROXY, proxyAddress, wholeNumber } from '../lib/global-options.ts'
import {
  commandLine,
  listenUntilStopped,
  type SpeakingOptions,
  type Starter,
} from '../lib/listen.ts'
import { S3, S3_REGION, type S3Options, s3Place } from '../lib/s3-place.ts'
import { reported } from '../lib/task.ts'
import { type OperationOptions, operate, type Shower } from '../serving/operation.ts'

interface Options extends SpeakingOptions, OperationOptions, S3Options {
  readonly redirect?: boolean
  readonly dir?: string
  readonly name?: string
  readonly profile?: ProfileName
  readonly host?: string
  readonly port?: number
  readonly user?: readonly string[]
  readonly allowedHost?: readonly string[]
  readonly cors?: string
  readonly workers?: number
}

/** Those of ocilink/embedded, which is loaded when it serves. */
export const PROFILES: readonly ProfileName[] = [
  'distribution2',
  'distribution3',
  'distributionB',
  'zot',
  'zot1',
  'olareg',
  'ggcr',
  'quay',
  'harbor',
  'cloudflare',
  'ghcr',
  'ecr',
  'dockerHub',
  'gitlab',
  'acr',
  'gar',
  'artifactory',
  'nexus',
  'orasFirst',
  'orasRc',
  'orasRc3',
  'orasMain',
]

/** Adds the command. */
export function serve(program: Command): Command {
  return program
    .command('serve')
    .summary('serve a registry on a port of this machine')
    .description(
      'Serves a registry. Its address is the first line of standard output. SIGTERM and SIGINT stop it once running requests have ended; a second one stops it at once.',
    )
    .option(
      '--dir <dir>',
      'keep content in a directory, where the repository "team/app" is the OCI image layout team/app; without it content is kept in memory',
    )
    .option(S3[0], `keep content in ${S3[1]}; any number of processes may serve one bucket`)
    .option(...S3_REGION)
    .option('--redirect', 'with --s3: let clients get blobs from the store, by a signed address')
    .option(...INSECURE)
    .option('--ca <file>', "trust the certificates in a file (PEM) too: the store's")
    .option('--proxy <address>', PROXY, proxyAddress)
    .option('--name <name>', 'the directory itself is the layout of this repository')
    .addOption(new Option('--profile <name>', 'be like another registry').choices(PROFILES))
    .option('--host <address>', 'listen on this address (default: 127.0.0.1, this machine only)')
    .option('--port <n>', 'listen on this port (default: one that is free)', wholeNumber(0, 65_535))
    .option(
      '--user <name:password>',
      'let in this user and nobody else; without ":password" that is taken from the environment variable OCILINK_PASSWORD; may be given more than once (default: everybody may do everything)',
      gather,
    )
    .option(
      '--allowed-host <name>',
      'answer requests for this host too; may be given more than once (default: localhost, IP addresses and the name in --host, so that no web page can reach the server by a name of its own)',
      gather,
    )
    .option(
      '--cors <origin>',
      'let web pages of an origin use the registry, such as https://example.com, or * for all (default: none)',
    )
    .option(
      '--access-log <file>',
      'add a line of JSON for each request to a file, or with - to standard output',
    )
    .option(
      '--metrics-port <n>',
      'answer /metrics, for Prometheus, on this port of the same address, with /healthz and /readyz',
      wholeNumber(1, 65_535),
    )
    .option(
      '--concurrency <n>',
      'requests of one client, by its address, that are answered at the same time; others wait for their turn (default: no limit)',
      wholeNumber(1, 100_000),
    )
    .option(
      '--rate <n>',
      'requests of one client in each second; others are answered with 429 (default: no limit)',
      wholeNumber(1, 1_000_000),
    )
    .option(...CLIENT_HEADER)
    .option(
      '--workers <n>',
      'with --s3: serve by so many processes on one port; --concurrency and --rate are those of each (default: by this one alone)',
      wholeNumber(1, 64),
    )
    .option(
      '--drain <seconds>',
      'once stopped, answer for so long yet while /readyz says 503, so that a balancer sends no more (default: 0)',
      wholeNumber(0, 3600),
    )
    .addHelpText('after', '\nExample:\n  ocilink serve --dir ./registry --port 5000')
    .action(reported(run))
}

async function run(options: Options): Promise<void> {
  const { workers: count, host, port, user = [] } = options
  const auth = readUsers(user)
  if (count !== undefined && options.s3 === undefined) {
    throw new UsageError(
      "--workers is for a bucket: a directory, and what is in memory, is one process's; there is no --s3",
    )
  }
  const storage = await openStorage(options)
  const content: Content = { storage, auth, check: async (signal) => storage?.check?.(signal) }
  try {
    const serveIt = (starter: Starter, shower?: Shower) =>
      serveContent(content, options, starter, shower)
    if (count === undefined) await serveIt(commandLine(options))
    else {
      const { default: cluster } = await import('node:cluster')
      if (cluster.isWorker) {
        const { asWorker } = await import('../serving/worker.ts')
        await asWorker(serveIt, options)
      }
      const { asPrimary } = await import('../serving/primary.ts')
      const place = { host, port, allowedHosts: allowedHostsOf(options) }
      await asPrimary({ count, check: content.check, ...place }, options, commandLine(options))
    }
  } finally {
    await storage?.close()
  }
  // Not left to the end of all timers: the work is done.
  process.exit()
}

function allowedHostsOf({ allowedHost = [], host }: Options): readonly string[] {
  return [...allowedHost, ...(host === undefined ? [] : [host])]
}

/** What is served, and who may use it. */
interface Content {
  readonly storage: Kept | undefined
  readonly auth: AuthOptions | undefined
  /** Rejects where it cannot be reached. */
  readonly check: (signal: AbortSignal) => Promise<void>
}

async function serveContent(
  { storage, auth, check }: Content,
  options: Options,
  starter: Starter,
  shower?: Shower,
): Promise<void> {
  const { profile, host, port, cors = false, workers } = options
  const onError = ({ message }: Error) => console.error(message)
  const { embeddedRegistry } = await import('../../embedded/index.ts')
  const registry = embeddedRegistry({ storage, profile, auth, cors, onError })
  const fetch = cors === false ? withoutPages(registry.fetch) : registry.fetch
  const allowedHosts = allowedHostsOf(options)
  const operation = await operate(fetch, check, options, { host, allowedHosts }, shower)
  try {
    const reusePort = workers !== undefined
    const place = { port, host, allowedHosts, reusePort }
    await listenUntilStopped(operation, place, options, starter)
  } finally {
    await operation.close()
  }
}

/**
 * Refuses what a web page sends: browsers add `Origin`, other clients do not. Without CORS a page cannot
 * read answers, but it could still push a blob by a POST that needs no preflight.
 */
function withoutPages(fetch: EmbeddedRegistry['fetch']): EmbeddedRegistry['fetch'] {
  return async (request) => {
    if (!request.headers.has('Origin')) return fetch(request)
    const message = 'web pages may not use this registry: start it with --cors'
    return Response.json({ errors: [{ code: 'DENIED', message }] }, { status: 403 })
  }
}

function readUsers(texts: readonly string[]): AuthOptions | undefined {
  if (texts.length === 0) return undefined
  const users = texts.map((text) => {
    const colon = text.indexOf(':')
    const name = colon < 0 ? text : text.slice(0, colon)
    const password = colon < 0 ? process.env.OCILINK_PASSWORD : text.slice(colon + 1)
    if (name === '' || !password) {
      throw new UsageError('--user must be <name>:<password>, or <name> with OCILINK_PASSWORD set')
    }
    return { name, password }
  })
  return { scheme: 'basic', users }
}

/** Where content is kept; in memory where nothing is said. */
async function openStorage({
  dir,
  name,
  redirect,
  ...options
}: Options): Promise<Kept | undefined> {
  const { s3 } = options
  if (dir !== undefined && s3 !== undefined)
    throw new UsageError('--dir and --s3 exclude each other')
  if (name !== undefined && dir === undefined) {
    throw new UsageError('--name is for a directory; there is no --dir')
  }
  if (s3 !== undefined) {
    const place = await s3Place(s3, options)
    const { s3Storage } = await import('../../s3/index.ts')
    return { ...s3Storage({ ...place, redirect }), async close() {} }
  }
  if (redirect) throw new UsageError('--redirect is for a bucket; there is no --s3')
  if (dir === undefined) return undefined
  const { layoutStorage } = await import('../../node/index.ts')
  return layoutStorage(dir, { name })
}

/** A storage that is let go at the end. */
type Kept = Storage & { close(): Promise<void> }
