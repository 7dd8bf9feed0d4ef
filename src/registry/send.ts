/**
 * The one way to send a request to a registry: timeouts and retries by ky around the authenticated
 * exchange. The only file that imports ky.
 *
 * @module
 */
import type { HTTPError, RetryOptions } from 'ky'
import { printable } from '../error-text.ts'
import { ConnectionError, ContentError, isOcilinkError, type RegistryError } from '../errors.ts'
import { untilAborted } from '../platform/abort.ts'
import { backoff } from '../platform/backoff.ts'
import { readBounded } from '../platform/body.ts'
import { isPage } from '../platform/page.ts'
import { addScopes, repositoryScopes, type Scopes } from './auth/scopes.ts'
import { spend } from './budget.ts'
import type { RepositoryOptions } from './options.ts'
import { internalsOf, type Repository } from './repository.ts'
import { answerError, bodyFailure, REPEATED, retryAfter, translate } from './wire/failures.ts'
import { redact } from './wire/origins.ts'

/** One request to a repository's registry. */
export interface SendOptions {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path from the origin, or a full address that uploadTarget() allowed. */
  readonly path: string
  readonly headers?: Record<string, string> | undefined
  readonly body?: BodyInit | undefined
  /** Statuses beside 2xx that the caller handles. */
  readonly expect?: readonly number[] | undefined
  /** What the token must allow; more than needed saves a second token later. None: it names no repository. */
  readonly actions: readonly ('pull' | 'push' | 'delete')[]
  /** Another repository that must be readable, for a mount. */
  readonly from?: string | undefined
  /** Not repeated, however it fails. */
  readonly once?: boolean | undefined
  /** A path that the registry may not know: in a page that looks like a broken network, and is not repeated. */
  readonly mayHide?: boolean | undefined
  /** Milliseconds until the headers; `false` for bodies of any length. */
  readonly timeout?: number | false | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends a request, and again where it may be repeated.
 *
 * @throws `RegistryError` `AuthError` `ConnectionError`, or the signal's reason
 */
export async function send(repo: Repository, request: SendOptions): Promise<Response> {
  const { origin, options, timeout, exchange, limit, seen, budget } = internalsOf(repo)
  const { method, body, signal, expect = [] } = request
  const url = new URL(request.path, origin).href
  const scopes = scopesOf(repo, request)
  signal?.throwIfAborted()
  const answer = limit(async () => {
    if (budget?.failure) throw budget.failure
    // Half of what importing this package would cost: loaded with the first request.
    const { default: ky } = await import('ky')
    return ky(url, {
      method,
      headers: { ...request.headers },
      signal: signal ?? null,
      timeout: request.timeout ?? timeout,
      retry: retryOptions(options, request),
      throwHttpErrors: (status) => !expect.includes(status),
      // ky sees no body: it would copy it for its retries, and we can send it again ourselves.
      fetch: (input) => {
        const { headers, signal } = input as Request
        const onDetour = () => spend(budget, 'detours')
        return exchange({ method, url, headers, body, signal, onDetour }, scopes, repo.name)
      },
    })
  })
  try {
    const response = await untilAborted(answer, signal)
    seen.etags ||= response.headers.has('etag')
    passWarnings(options, response, url)
    return response
  } catch (error) {
    signal?.throwIfAborted()
    throw translate(error, method, url)
  }
}

/**
 * Reads an answer of {@link send} to its end: at most `limit` bytes, in the repository's timeout.
 *
 * @throws `ContentError` `TOO_LARGE`, `ConnectionError`
 */
export async function receive(
  repo: Repository,
  response: Response,
  limit: number,
  request: Pick<SendOptions, 'method' | 'path' | 'signal'>,
): Promise<Uint8Array> {
  const { origin, timeout, budget } = internalsOf(repo)
  const { method, signal } = request
  const late = AbortSignal.timeout(timeout)
  const ends = signal ? AbortSignal.any([signal, late]) : late
  let bytes: Uint8Array
  try {
    bytes = await untilAborted(readBounded(response, limit, 'throw', ends), ends)
  } catch (error) {
    signal?.throwIfAborted()
    const url = new URL(request.path, origin).href
    const address = redact(url)
    if (isOcilinkError(error, 'TOO_LARGE')) {
      const what = `answer to ${method} ${address} in bytes`
      throw new ContentError('TOO_LARGE', what, error.expected, error.actual)
    }
    if (!late.aborted) throw bodyFailure(error, method, url)
    const message = `${method} ${address} sent no whole body in ${timeout} ms`
    throw new ConnectionError('TIMEOUT', message, address, { cause: error })
  }
  spend(budget, 'bytes', bytes.byteLength)
  return bytes
}

/** The error for an expected status that turned out to be one, with what its body says. */
export async function errorOf(
  repo: Repository,
  response: Response,
  { method, path }: Pick<SendOptions, 'method' | 'path'>,
): Promise<RegistryError> {
  const url = new URL(path, internalsOf(repo).origin).href
  // Bodies of error answers were read already: see exchange.ts.
  return answerError(response, method, url, await response.text())
}

function scopesOf(repo: Repository, { actions, from }: SendOptions): Scopes {
  const own: Scopes = actions.length > 0 ? repositoryScopes(repo.name, actions) : new Map()
  return from ? addScopes(own, repositoryScopes(from, ['pull'])) : own
}

function retryOptions(
  { retries = 2, maxRetryAfter = 60_000 }: RepositoryOptions,
  { once, body, mayHide }: SendOptions,
): RetryOptions {
  return {
    limit: once || body instanceof ReadableStream ? 0 : retries,
    methods: ['get', 'head', 'put', 'delete'],
    statusCodes: REPEATED,
    afterStatusCodes: [429, 503],
    maxRetryAfter,
    delay: (attempt) => backoff(attempt, 300),
    shouldRetry: ({ error }) => {
      // ky would wait no longer than the cap, and send again too early.
      if (error.name === 'HTTPError') {
        return retryAfter((error as HTTPError).response) > maxRetryAfter ? false : undefined
      }
      if (mayHide && isPage()) return false
      return isOcilinkError(error, 'CONNECTION') || undefined
    },
  }
}

/** Passes on what a registry warns of (distribution-spec 1.1, "Warnings"). */
function passWarnings({ onWarning }: RepositoryOptions, { headers }: Response, url: string): void {
  const warnings = headers.get('warning') ?? ''
  for (const [, text] of warnings.matchAll(/(?:^|,)\s*299 \S+ "((?:[^"\\]|\\.)*)"/g))
    onWarning?.({ message: printable(text!.replace(/\\(.)/g, '$1')), url: redact(url) })
}
