/**
 * One request on the wire: credentials from auth.ts, one answer to a 401, redirects by our own rules,
 * and the injected fetch. Called by repository.ts, below ky, so that a retry never needs a second
 * challenge. Nothing of ours is below it.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { untilAborted } from '../../platform/abort.ts'
import { readBounded } from '../../platform/body.ts'
import { isPage } from '../../platform/page.ts'
import { createAuthentication } from '../auth/authentication.ts'
import type { AuthContext } from '../auth/credentials.ts'
import type { Scopes } from '../auth/scopes.ts'
import { mayVisit, redact } from './origins.ts'

/** What is injected: the global `fetch`, a proxy-aware one, or an embedded registry's. */
export type Fetch = (request: Request) => Promise<Response>

/** A request before it becomes a `Request`, so that it can be sent again. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body?: BodyInit | undefined
  readonly signal: AbortSignal
  /** Refuse a redirect to another origin (token endpoints). */
  readonly sameOrigin?: boolean | undefined
}

/** Sends a request and gives its answer, whatever the status. */
export type Exchange = (request: WireRequest) => Promise<Response>

/** One request that was sent, for `onRequest`. */
export interface RequestEvent {
  readonly method: string
  /** Address without its query. */
  readonly url: string
  /** HTTP status; absent when no answer came. */
  readonly status?: number | undefined
  /** Milliseconds until the answer's headers. */
  readonly duration: number
}

const ERROR_LIMIT = 64 * 1024
const MAX_REDIRECTS = 5

/**
 * Makes the exchange of one registry.
 *
 * @param fetch - the injected fetch
 * @param registry - origin of the registry
 * @param options.onRequest - told about every request, redirects and tokens included
 * @param options.timeout - milliseconds for the body of an error answer
 */
export function createExchange(
  fetch: Fetch,
  registry: URL,
  options: {
    readonly onRequest?: ((event: RequestEvent) => void) | undefined
    readonly userAgent?: string | undefined
    readonly timeout: number
  },
): Exchange {
  const { onRequest, userAgent = 'ocilink', timeout } = options
  // Pages cannot see redirects: there the browser follows them, and drops Authorization itself.
  let redirect: RequestRedirect = 'manual'

  async function once(wire: WireRequest, url: URL, headers: Headers): Promise<Response> {
    const started = performance.now()
    let status: number | undefined
    try {
      const request = new Request(url, {
        method: wire.method,
        headers,
        redirect: wire.method === 'GET' || wire.method === 'HEAD' ? redirect : 'manual',
        signal: wire.signal,
        ...(wire.body !== undefined && { body: wire.body }),
        // Required by runtimes that can send a stream, unknown to the others.
        ...(wire.body instanceof ReadableStream && { duplex: 'half' }),
      } as RequestInit)
      const response = await fetch(request)
      status = response.status
      return response
    } finally {
      onRequest?.({
        method: wire.method,
        url: redact(url),
        status,
        duration: performance.now() - started,
      })
    }
  }

  return async (wire) => {
    let url = new URL(wire.url)
    const headers = new Headers(wire.headers)
    // Pages may not set it, and Firefox would ask a preflight for it.
    if (!isPage()) headers.set('user-agent', userAgent)
    let left = false
    const reads = wire.method === 'GET' || wire.method === 'HEAD'
    for (let hops = 0; ; hops++) {
      const response = await once(wire, url, headers)
      if (response.type === 'opaqueredirect' && reads && redirect === 'manual') {
        redirect = 'follow'
        continue
      }
      const location = response.headers.get('location')
      const redirected = [301, 302, 303, 307, 308].includes(response.status) && location !== null
      // A challenge of another origin is none of the registry's: nobody answers it.
      const foreign = left && response.status === 401
      if (!redirected && response.status !== 0 && !foreign)
        return response.ok ? response : bounded(response, wire.signal, timeout)

      const next =
        location !== null && URL.canParse(location, url.href) ? new URL(location, url) : undefined
      const leaves = next?.origin !== url.origin
      const repeatable = reads || (response.status >= 307 && !(wire.body instanceof ReadableStream))
      await response.body?.cancel()
      if (
        !redirected ||
        !next ||
        hops >= MAX_REDIRECTS ||
        !mayVisit(registry, next) ||
        !repeatable ||
        (leaves && (!reads || wire.sameOrigin))
      ) {
        throw new RegistryError({
          method: wire.method,
          url: redact(url),
          status: response.status,
          hint: foreign
            ? 'It was redirected there, where credentials are not sent'
            : `It redirects to ${next ? redact(next) : 'no valid address'}, which is not followed`,
        })
      }
      if (leaves) {
        left = true
        headers.delete('authorization')
      }
      url = next
    }
  }
}

/** @internal Sends a request with whatever the registry wants for these scopes. */
export type AuthenticatedExchange = (request: WireRequest, scopes: Scopes) => Promise<Response>

/**
 * Wraps an exchange with authentication: adds credentials, and answers one 401 per request.
 *
 * @internal
 * @throws `AuthError` `AUTH_REQUIRED` when nothing was given and something is wanted,
 *   `AUTH_DENIED` when what was given is refused
 */
export function authenticated(exchange: Exchange, context: AuthContext): AuthenticatedExchange {
  const auth = createAuthentication(exchange, context)
  // Where credentials were given a challenge is likely: the first request meets it, and others wait
  // for what it teaches instead of being refused too.
  let taught: Promise<void> | undefined

  function send(wire: WireRequest, value: string | undefined): Promise<Response> {
    const headers = new Headers(wire.headers)
    if (value) headers.set('authorization', value)
    return exchange({ ...wire, headers })
  }

  async function attempt(
    wire: WireRequest,
    scopes: Scopes,
    teach: () => void = () => {},
  ): Promise<Response> {
    const value = await untilAborted(auth.authorization(scopes), wire.signal)
    const first = await send(wire, value)
    if (first.status !== 401) return first

    const wanted = await untilAborted(auth.learn(first, scopes), wire.signal)
    teach()
    const next = await untilAborted(auth.authorization(wanted, value), wire.signal)
    if (next && next !== value && !(wire.body instanceof ReadableStream)) {
      const second = await send(wire, next)
      if (second.status !== 401) return second
    }
    throw await auth.refusal(`${wire.method} ${redact(wire.url)}`, wanted)
  }

  return async (wire, scopes) => {
    // Credentials never go to another origin: upload locations may lead to one.
    if (new URL(wire.url).origin !== context.origin.origin) return exchange(wire)
    if (context.credentials === undefined) return attempt(wire, scopes)
    if (taught) {
      await untilAborted(taught, wire.signal)
      return attempt(wire, scopes)
    }
    let teach = () => {}
    taught = new Promise((resolve) => {
      teach = resolve
    })
    try {
      return await attempt(wire, scopes, teach)
    } finally {
      teach()
    }
  }
}

/** An error answer whose body is read, at most 64 KiB of it: nobody waits for more. */
async function bounded(
  response: Response,
  signal: AbortSignal,
  timeout: number,
): Promise<Response> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  let bytes: Uint8Array = new Uint8Array()
  try {
    bytes = await readBounded(response, ERROR_LIMIT, 'cut', ends)
  } catch {
    // The status says enough.
    signal.throwIfAborted()
  }
  const empty = bytes.byteLength === 0 || [204, 205, 304].includes(response.status)
  const copy = new Response(empty ? null : (bytes as Uint8Array<ArrayBuffer>), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
  return copy
}
