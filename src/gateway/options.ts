/**
 * Options of a gateway, and what they mean.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import {
  type Check,
  checkOptions,
  func,
  milliseconds,
  oneOf,
  positiveInteger,
  string,
  wholeNumber,
} from '../platform/options.ts'
import type { Fetch } from '../registry/wire/exchange.ts'
import { isLoopback } from '../registry/wire/origins.ts'

/** What a gateway stands before, and how it answers. */
export interface GatewayOptions {
  /**
   * The registry: `host`, `host:port`, or with `http://` or `https://` before it. Without a scheme it is https, and http
   * for loopback hosts.
   */
  readonly upstream: string
  /**
   * Which links the referrers list has: those of OCI 1.1, or those of every way of linking.
   * @default 'standard'
   */
  readonly styles?: 'standard' | 'all' | undefined
  /**
   * Origins whose pages may use the gateway, such as `https://example.com`; `'*'` for all.
   * @default []
   */
  readonly cors?: '*' | readonly string[] | undefined
  /**
   * Bytes of manifests that are kept in memory, by digest. A manifest never changes.
   * @default 16 MiB
   */
  readonly cacheBytes?: number | undefined
  /**
   * Milliseconds until the upstream's headers, and until the end of what the gateway reads itself; for a blob those in
   * which nothing moves. An upload may take 10 minutes to be stored once it has been sent.
   * @default 30_000
   */
  readonly timeout?: number | undefined
  /**
   * Requests of one client that are answered at the same time. Others wait for their turn, as long as `timeout`, and get
   * a 429 then.
   * @default 64
   */
  readonly concurrency?: number | undefined
  /**
   * Who a request is from, for `concurrency`: for example, by a header of the proxy before the gateway. Requests of
   * nobody have no such limit.
   * @default the address that `serve()` of `ocilink/node` has
   */
  readonly clientOf?: ((request: Request) => string | undefined) | undefined
  /**
   * Sends the requests to the upstream. In Node, `nodeFetch()` is faster than the default.
   * @default globalThis.fetch
   */
  readonly fetch?: Fetch | undefined
}

/** The same, with every default. */
export interface Settings {
  readonly origin: URL
  readonly styles: 'standard' | 'all'
  readonly cors: '*' | readonly string[]
  readonly cacheBytes: number
  readonly timeout: number
  readonly concurrency: number
  readonly clientOf: (request: Request) => string | undefined
  readonly fetch: Fetch
  /** The gateway's name in `Via`, by which it sees its own requests (RFC 9110, section 7.6.3). */
  readonly via: () => string
}

const isOrigin = (value: unknown) =>
  typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
const origins: Check = [
  'a list of origins, such as https://example.com, or "*"',
  (value) => value === '*' || (Array.isArray(value) && value.every(isOrigin)),
]

/** @throws `InvalidInputError` naming the option */
export function readOptions(options: GatewayOptions): Settings {
  checkOptions(options, {
    upstream: string,
    styles: oneOf('standard', 'all'),
    cors: origins,
    cacheBytes: wholeNumber,
    timeout: ['more than 0 milliseconds', (value) => value !== 0 && milliseconds[1](value)],
    concurrency: positiveInteger,
    clientOf: func,
    fetch: ['a function, such as registry.fetch', func[1]],
  })
  return {
    origin: readUpstream(options.upstream),
    styles: options.styles ?? 'standard',
    cors: options.cors ?? [],
    cacheBytes: options.cacheBytes ?? 16 * 1024 * 1024,
    timeout: options.timeout ?? 30_000,
    concurrency: options.concurrency ?? 64,
    clientOf: options.clientOf ?? addressOf,
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    via: makeName(),
  }
}

/** Made when it is needed: a worker has no random numbers before its first request. */
function makeName(): () => string {
  let name: string | undefined
  return () => {
    name ??= `ocilink-${crypto.randomUUID()}`
    return name
  }
}

/** What srvx says of a request. */
function addressOf(request: Request & { readonly ip?: string | undefined }): string | undefined {
  return request.ip
}

function readUpstream(text: unknown): URL {
  const address = String(text ?? '')
  const [, scheme, host = ''] = /^(https?:\/\/)?([^/@?#\s]+)\/?$/.exec(address) ?? []
  // As references have it.
  const name = /^(index\.)?docker\.io$/i.test(host) ? 'registry-1.docker.io' : host
  const guess = `${scheme ?? 'https://'}${name}`
  if (!host || !URL.canParse(guess)) {
    const expected = 'a registry: host[:port], or an http(s) address without a path'
    throw new InvalidInputError('INVALID_INPUT', 'upstream', expected, text)
  }
  const url = new URL(guess)
  return !scheme && isLoopback(url.hostname) ? new URL(`http://${host}`) : url
}
