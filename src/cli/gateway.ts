/**
 * `ocilink gateway`: a gateway before a registry, on a port.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import v8 from 'node:v8'
import type { GatewayOptions } from '../gateway/index.ts'
import type { NodeFetchOptions } from '../node/index.ts'
import { type Command, readNumber, readOptions, UsageError } from './command.ts'
import { listenUntilStopped } from './listen.ts'

const help = `Usage: ocilink gateway --upstream HOST [options]

Stands before a registry and gives it the referrers API: lists come from the referrers tag where the
registry has none, and what is pushed with a subject is entered there. All else passes through,
credentials included. Its address is the first line of standard output. SIGTERM and SIGINT stop it
once running requests have ended; a second one stops it at once.

Options:
  --upstream H      the registry: host[:port], or with http:// or https:// before it
  --styles S        "standard" lists links of OCI 1.1, "all" those of every way of linking
                    (default: standard)
  --host H          address to listen on (default: 127.0.0.1, this machine only)
  --port N          port to listen on (default: one that is free)
  --allowed-host N  answers requests for the host N too; may be given more than once (default:
                    localhost, IP addresses and the name in --host)
  --cors O          lets web pages of the origin O use the gateway, such as https://example.com, or
                    * for all pages; may be given more than once (default: none)
  --ca FILE         trusts the certificates in FILE (PEM) too
  --concurrency N   requests of one client, by its address, that are answered at the same time
                    (default: 64)
  --client-header H who a client is says the header H, which a proxy before the gateway sets to its
                    address
`

const names = [
  'upstream',
  'styles',
  'host',
  'port',
  'allowed-host',
  'cors',
  'ca',
  'concurrency',
  'client-header',
] as const

/** Serves until it gets SIGTERM or SIGINT. */
export const gateway: Command = {
  help,
  async run(args) {
    const options = readOptions(args, names, ['allowed-host', 'cors'])
    const [upstream] = options.upstream
    if (upstream === undefined) throw new UsageError('--upstream is missing')
    const [styles = 'standard'] = options.styles
    if (styles !== 'standard' && styles !== 'all') {
      throw new UsageError('--styles must be "standard" or "all"')
    }
    const cors: GatewayOptions['cors'] = options.cors.includes('*') ? '*' : options.cors
    collectOften()
    const [{ gateway: makeGateway }, { nodeFetch }] = await Promise.all([
      import('../gateway/index.ts'),
      import('../node/index.ts'),
    ])
    const header = readHeader(options['client-header'][0])
    const { fetch } = makeGateway({
      upstream,
      styles,
      cors,
      concurrency: readNumber('--concurrency', options.concurrency[0], 100_000) || undefined,
      ...(header && {
        // Who comes without it does not come by the proxy.
        clientOf: (request: Request & { readonly ip?: string | undefined }) =>
          request.headers.get(header) ?? request.ip,
      }),
      fetch: nodeFetch(await trustOf(options.ca[0])),
    })
    await listenUntilStopped(
      { fetch },
      {
        host: options.host[0],
        port: readNumber('--port', options.port[0], 65_535),
        allowedHosts: [...options['allowed-host'], ...options.host],
      },
    )
  },
}

function readHeader(name: string | undefined): string | undefined {
  if (name !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new UsageError('--client-header must be the name of a header, such as X-Forwarded-For')
  }
  return name
}

async function trustOf(path: string | undefined): Promise<NodeFetchOptions> {
  if (path === undefined) return {}
  try {
    return { ca: await readFile(path, 'utf8') }
  } catch (error) {
    throw new UsageError(`--ca: ${(error as Error).message}`, { cause: error })
  }
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
