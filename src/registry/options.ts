/**
 * How to talk to a registry: the options of `repository()`, their events, and options of every call.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import {
  abortSignal,
  anything,
  boolean,
  type Check,
  type Checks,
  checkOptions,
  func,
  listOf,
  milliseconds,
  positiveInteger,
  wholeNumber,
} from '../platform/options.ts'
import { type CredentialSource, type Credentials, checkCredentials } from './auth/credentials.ts'
import type { Capabilities } from './capabilities.ts'
import type { Fetch, RequestEvent } from './wire/exchange.ts'

/** Bytes of a blob that moved, for `onProgress`. */
export interface ProgressEvent {
  readonly direction: 'upload' | 'download'
  /** Known from the start for downloads and for uploads of data in memory. */
  readonly digest?: Digest | undefined
  /** Bytes moved so far, and in all where that is known. */
  readonly bytes: { readonly done: number; readonly total?: number | undefined }
}

/** Something that a person should know, though the call went on. */
export interface WarningEvent {
  readonly message: string
  /** Address without its query; absent for warnings that no single answer caused. */
  readonly url?: string | undefined
}

/** How to talk to a registry. */
export interface RepositoryOptions {
  /**
   * Sends the requests: a proxy-aware fetch, or an embedded registry's.
   * @default globalThis.fetch
   */
  readonly fetch?: Fetch | undefined
  /**
   * Credentials, or a function that looks them up when the registry wants some.
   * @default anonymous
   */
  readonly credentials?: Credentials | CredentialSource | undefined
  /**
   * Speak http instead of https.
   * @default true for loopback hosts, else false
   */
  readonly plainHttp?: boolean | undefined
  /**
   * User-Agent, where the runtime allows one: never sent from pages.
   * @default 'ocilink'
   */
  readonly userAgent?: string | undefined
  /**
   * Milliseconds until an answer's headers, and again until the end of a manifest or list. Blobs
   * have no such limit.
   * @default 30_000
   */
  readonly timeout?: number | undefined
  /**
   * How often a request that may be repeated is repeated: GET, HEAD, DELETE and PUT by digest, after
   * a broken connection, 408, 429, 500, 502, 503 or 504.
   * @default 2
   */
  readonly retries?: number | undefined
  /**
   * Longest `Retry-After` that is waited for, in milliseconds; a longer one fails at once.
   * @default 60_000
   */
  readonly maxRetryAfter?: number | undefined
  /**
   * How many requests may wait for an answer at once, per host and process. The default is enough for
   * all that `discover()` can send at once, and for 20 referrers; browsers that speak HTTP/1.1 keep to six.
   * @default 24
   */
  readonly concurrency?: number | undefined
  /**
   * Other hosts (`host[:port]`) that may get this registry's credentials as its token service, and
   * blob uploads, without credentials, as its storage.
   * @default []
   */
  readonly trustedHosts?: readonly string[] | undefined
  /**
   * What is known of the registry from before: `capabilities` of an earlier repository. A list that is `'unsupported'`
   * there is not requested, and `complete` and "no" rest on that: once a registry may have been upgraded, store them anew.
   */
  readonly capabilities?: Partial<Capabilities> | undefined
  /**
   * Called for every request on the wire, redirects and requests for tokens included. What this throws, and what the
   * next two throw, ends the call; an async function is not waited for, and of what it rejects with there is a warning.
   */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined
  /**
   * Called when bytes of a blob moved. Uploads begin with 0, and move at least every 256 KiB as they are handed to the
   * connection; in pages, which see no more, when a request ends.
   */
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined
  /** Called for warnings of the registry (`Warning` header), and for content that was not trusted. */
  readonly onWarning?: ((event: WarningEvent) => void) | undefined
}

/** Options of every call that takes no others. */
export interface CallOptions {
  /** Ends the call; its reason is thrown as it is. */
  readonly signal?: AbortSignal | undefined
}

/** Checks of {@link CallOptions}. */
export const callChecks: Checks<CallOptions> = { signal: abortSignal }

const header: Check = [
  'printable ASCII',
  (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value),
]

const host: Check = [
  'a host or host:port without a scheme',
  (value) =>
    typeof value === 'string' && /^[^\s/@?#]+$/.test(value) && URL.canParse(`http://${value}`),
]

const repositoryChecks: Checks<RepositoryOptions> = {
  fetch: ['a function, such as registry.fetch', func[1]],
  credentials: anything,
  plainHttp: boolean,
  userAgent: header,
  timeout: ['more than 0 milliseconds', (value) => value !== 0 && milliseconds[1](value)],
  retries: wholeNumber,
  maxRetryAfter: milliseconds,
  concurrency: positiveInteger,
  trustedHosts: listOf(host),
  capabilities: anything,
  onRequest: func,
  onProgress: func,
  onWarning: func,
}

/**
 * Checks the options of `repository()`; `capabilities` are checked where they are read.
 *
 * @throws `InvalidInputError` naming the option; `TypeError` for what are no options
 */
export function checkRepositoryOptions(options: RepositoryOptions): void {
  const { credentials } = options ?? {}
  // First, so that no message shows one.
  if (credentials !== undefined && typeof credentials !== 'function') checkCredentials(credentials)
  if (Object.hasOwn(Object(options), 'reset')) {
    const message = 'an embedded registry is no bag of options: pass { fetch: registry.fetch }'
    throw new InvalidInputError('INVALID_INPUT', 'reset', 'left out', undefined, { message })
  }
  checkOptions(options, repositoryChecks)
}
