/**
 * A repository, and the one way to ask it something: {@link send} puts ky's timeouts and retries
 * around exchange.ts, which adds credentials and calls the injected fetch. The only file that
 * imports ky. Called by manifests.ts, blobs.ts and tags.ts.
 *
 * @module
 */
import ky, { isHTTPError } from 'ky'
import type { LimitFunction } from 'p-limit'
import { ConnectionError, InvalidInputError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { parseReference } from '../model/reference.ts'
import { untilAborted } from '../platform/abort.ts'
import { backoff } from '../platform/backoff.ts'
import { readBounded } from '../platform/body.ts'
import { addScopes, repositoryScopes, type Scopes } from './auth/scopes.ts'
import { type Capabilities, capabilitiesOf } from './capabilities.ts'
import type { Reads } from './observed.ts'
import type { RepositoryOptions } from './options.ts'
import {
  type AuthenticatedExchange,
  authenticated,
  createExchange,
  type Fetch,
} from './wire/exchange.ts'
import { retryAfter, translate } from './wire/failures.ts'
import { limiterOf } from './wire/host.ts'
import { isLoopback, redact } from './wire/origins.ts'

/** A repository in a registry. Free functions take it first. */
export interface Repository {
  /** `host[:port]`; Docker Hub is `docker.io`. */
  readonly registry: string
  /** Such as `team/app`. */
  readonly name: string
  /** What the registry was seen to support; changes as requests find out. */
  readonly capabilities: Capabilities
  /** @internal */
  readonly [internals]: Internals
}

/** @internal */
export const internals: unique symbol = Symbol('ocilink.internals')

/** @internal */
export interface Internals {
  readonly origin: URL
  readonly options: RepositoryOptions
  readonly timeout: number
  readonly exchange: AuthenticatedExchange
  readonly limit: LimitFunction
  /** Whose requests these are: writers with different credentials are never merged. */
  readonly identity: object
  readonly fetch: Fetch
  /** Blobs that were seen in this repository and are taken for present. */
  readonly present: Set<Digest>
  /** Whether an answer had an ETag: only then may a condition be understood. */
  sendsEtags: boolean
  /** Manifests that were read already, where one call reads through several strategies. */
  readonly reads?: Reads | undefined
}

const defaultFetch: Fetch = (request) => globalThis.fetch(request)

/**
 * Names a repository. No request is made.
 *
 * @param reference - `host[:port]/name`; without a host it is Docker Hub's
 * @throws `InvalidInputError` `INVALID_REFERENCE`
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app', { onRequest: (event) => console.log(event) })
 * ```
 */
export function repository(reference: string, options: RepositoryOptions = {}): Repository {
  const { registry, name, tag, digest } = parseReference(reference)
  if (tag ?? digest) {
    throw new InvalidInputError(
      'INVALID_REFERENCE',
      'reference',
      'host/name without tag or digest, which are given to each call',
      reference,
    )
  }
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const plain = options.plainHttp ?? isLoopback(new URL(`http://${host}`).hostname)
  const origin = new URL(`${plain ? 'http' : 'https'}://${host}`)
  const { timeout = 30_000, concurrency = 12, trustedHosts = [], credentials } = options
  const fetch = options.fetch ?? defaultFetch
  const exchange = authenticated(createExchange(fetch, origin, { ...options, timeout }), {
    registry,
    origin,
    credentials,
    trustedHosts,
    timeout,
  })
  return {
    registry,
    name,
    capabilities: capabilitiesOf(options.capabilities),
    [internals]: {
      origin,
      options,
      timeout,
      exchange,
      limit: limiterOf(fetch, origin.origin, concurrency),
      identity: credentials ?? fetch,
      fetch,
      present: new Set(),
      sendsEtags: false,
    },
  }
}

/** @internal One request to a repository's registry. */
export interface SendOptions {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path from the origin, or a full address that uploadTarget() allowed. */
  readonly path: string
  readonly headers?: Record<string, string> | undefined
  readonly body?: BodyInit | undefined
  /** Statuses beside 2xx that the caller handles. */
  readonly expect?: readonly number[] | undefined
  /** What the token must allow; more than needed saves a second token later. */
  readonly actions: readonly ('pull' | 'push' | 'delete')[]
  /** Another repository that must be readable, for a mount. */
  readonly from?: string | undefined
  /** Not repeated, however it fails. */
  readonly once?: boolean | undefined
  /** Milliseconds until the headers; `false` for bodies of any length. */
  readonly timeout?: number | false | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * @internal
 * @throws `RegistryError` `AuthError` `ConnectionError`, or the signal's reason
 */
export async function send(repo: Repository, request: SendOptions): Promise<Response> {
  const { origin, options, timeout, exchange, limit } = repo[internals]
  const { method, signal, expect = [] } = request
  const url = new URL(request.path, origin).href
  signal?.throwIfAborted()

  let scopes: Scopes = repositoryScopes(repo.name, request.actions)
  if (request.from) scopes = addScopes(scopes, repositoryScopes(request.from, ['pull']))

  const { retries = 2, maxRetryAfter = 60_000 } = options
  const answer = limit(() =>
    ky(url, {
      method,
      headers: { ...request.headers },
      signal: signal ?? null,
      timeout: request.timeout ?? timeout,
      retry: {
        limit: request.once || request.body instanceof ReadableStream ? 0 : retries,
        methods: ['get', 'head', 'put', 'delete'],
        statusCodes: [408, 429, 500, 502, 503, 504],
        afterStatusCodes: [429, 503],
        maxRetryAfter,
        delay: (attempt) => backoff(attempt, 300),
        shouldRetry: ({ error }) =>
          isHTTPError(error) && retryAfter(error.response) > maxRetryAfter ? false : undefined,
      },
      throwHttpErrors: (status) => !expect.includes(status),
      // ky sees no body: it would copy it for its retries, and we can send it again ourselves.
      fetch: (input) => {
        const { headers, signal } = input as Request
        return exchange({ method, url, headers, body: request.body, signal }, scopes)
      },
    }),
  )
  let response: Response
  try {
    response = await untilAborted(answer, signal)
  } catch (error) {
    signal?.throwIfAborted()
    throw translate(error, request.method, url)
  }
  if (response.headers.has('etag')) repo[internals].sendsEtags = true
  const warnings = response.headers.get('warning') ?? ''
  for (const [, text] of warnings.matchAll(/(?:^|,)\s*299 \S+ "((?:[^"\\]|\\.)*)"/g))
    options.onWarning?.({ message: text!.replace(/\\(.)/g, '$1'), url: redact(url) })
  return response
}

/**
 * Reads an answer of {@link send} to its end: at most `limit` bytes, in the repository's timeout.
 *
 * @internal
 * @throws `ContentError` `TOO_LARGE`, `ConnectionError`
 */
export async function receive(
  repo: Repository,
  response: Response,
  limit: number,
  request: Pick<SendOptions, 'method' | 'path' | 'signal'>,
): Promise<Uint8Array> {
  const { origin, timeout } = repo[internals]
  const late = AbortSignal.timeout(timeout)
  const ends = request.signal ? AbortSignal.any([request.signal, late]) : late
  try {
    return await untilAborted(readBounded(response, limit, 'throw', ends), ends)
  } catch (error) {
    request.signal?.throwIfAborted()
    const url = new URL(request.path, origin).href
    if (late.aborted)
      throw new ConnectionError(
        'TIMEOUT',
        `${request.method} ${redact(url)} sent no whole body in ${timeout} ms`,
        redact(url),
        { cause: error },
      )
    throw translate(error, request.method, url)
  }
}

/** @internal Tells the caller's `onWarning`. */
export function warn(repo: Repository, message: string): void {
  repo[internals].options.onWarning?.({ message })
}
