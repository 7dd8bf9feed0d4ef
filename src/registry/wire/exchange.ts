/**
 * One request on the wire: the injected fetch, redirects by our own rules, and error answers whose
 * bodies are bounded.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { dropBody, readBounded } from '../../platform/body.ts'
import { isNode, isPage } from '../../platform/page.ts'
import { fetchFailure } from './failures.ts'
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
  /** Called before a redirect to another origin is followed; throws where there were too many. */
  readonly onDetour?: (() => void) | undefined
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

/** How requests of one registry are sent. */
export interface ExchangeOptions {
  /** Called for every request, redirects and tokens included. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined
  readonly userAgent?: string | undefined
  /** Milliseconds for the body of an error answer. */
  readonly timeout: number
}

export const ERROR_LIMIT: number = 64 * 1024
export const MAX_REDIRECTS = 5

/**
 * Makes the exchange of one registry.
 *
 * @param registry - origin of the registry
 * @throws through the exchange: `ConnectionError`, and `RegistryError` for a redirect that is not
 *   followed
 */
export function createExchange(fetch: Fetch, registry: URL, options: ExchangeOptions): Exchange {
  const { userAgent = 'ocilink', timeout } = options
  // Pages cannot see redirects: there the browser follows them, and drops Authorization itself.
  let redirect: RequestRedirect = 'manual'

  return async (wire) => {
    const reads = wire.method === 'GET' || wire.method === 'HEAD'
    const headers = new Headers(wire.headers)
    // Pages may not set it, and Firefox would send a preflight for it.
    if (!isPage()) headers.set('user-agent', userAgent)
    let url = new URL(wire.url)
    let left = false
    for (let hops = 0; ; hops++) {
      const request = toRequest(wire, url, headers, reads ? redirect : 'manual')
      const response = await sendOnce(fetch, request, wire, options)
      if (response.type === 'opaqueredirect' && reads && redirect === 'manual') {
        redirect = 'follow'
        continue
      }
      const redirected = isRedirect(response)
      // A challenge of another origin is none of the registry's, and is not answered.
      const foreign = left && response.status === 401
      const strange = response.status > 599
      if (!redirected && response.status !== 0 && !foreign && !strange)
        return response.ok ? response : bounded(response, wire.signal, timeout)

      dropBody(response)
      const next = nextAddress(response, url)
      if (!next || !redirected || hops >= MAX_REDIRECTS || !mayFollow(wire, response, url, next)) {
        const target = next ? redact(next) : 'no valid address'
        throw new RegistryError({
          method: wire.method,
          url: redact(url),
          status: response.status,
          hint: strange
            ? 'That is no status of HTTP'
            : foreign
              ? 'It was redirected there, where credentials are not sent'
              : `It redirects to ${target}, which is not followed`,
        })
      }
      if (next.origin !== url.origin) {
        wire.onDetour?.()
        left = true
        headers.delete('authorization')
      }
      url = next
    }
  }

  function mayFollow(wire: WireRequest, response: Response, from: URL, to: URL): boolean {
    const reads = wire.method === 'GET' || wire.method === 'HEAD'
    const repeatable = reads || (response.status >= 307 && !(wire.body instanceof ReadableStream))
    const stays = from.origin === to.origin
    return mayVisit(registry, to) && repeatable && (stays || (reads && !wire.sameOrigin))
  }
}

function toRequest(
  { method, body, signal }: WireRequest,
  url: URL,
  headers: Headers,
  redirect: RequestRedirect,
): Request {
  return new Request(url, {
    method,
    headers,
    redirect,
    signal,
    ...(body !== undefined && { body }),
    // The first is required by runtimes that can send a stream, unknown to the others. With another redirect Node keeps
    // all that was sent, to send it again; workerd does not know that one.
    ...(body instanceof ReadableStream && {
      duplex: 'half',
      ...(isNode() && { redirect: 'error' }),
    }),
  } as RequestInit)
}

/** Calls the injected fetch. Only what it throws can be a broken connection. */
async function sendOnce(
  fetch: Fetch,
  request: Request,
  { method, signal }: WireRequest,
  { onRequest }: ExchangeOptions,
): Promise<Response> {
  const url = redact(request.url)
  const started = performance.now()
  let status: number | undefined
  try {
    const response = await fetch(request)
    if (!(Object(response).headers instanceof Object)) {
      throw new TypeError(`"fetch" must return a Response, got ${typeof response}`)
    }
    status = response.status
    return response
  } catch (error) {
    throw signal.aborted ? error : fetchFailure(error, method, request.url)
  } finally {
    onRequest?.({ method, url, status, duration: performance.now() - started })
  }
}

function isRedirect({ status, headers }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.has('location')
}

function nextAddress({ headers }: Response, from: URL): URL | undefined {
  const location = headers.get('location')
  return location !== null && URL.canParse(location, from.href)
    ? new URL(location, from)
    : undefined
}

/** An error answer whose body is read, at most 64 KiB of it. */
async function bounded(
  response: Response,
  signal: AbortSignal,
  timeout: number,
): Promise<Response> {
  const { status, statusText, headers } = response
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  let bytes: Uint8Array = new Uint8Array()
  try {
    bytes = await readBounded(response, ERROR_LIMIT, 'cut', ends)
  } catch {
    // The status says enough.
    signal.throwIfAborted()
  }
  const empty = bytes.byteLength === 0 || [204, 205, 304].includes(status)
  const body = empty ? null : (bytes as Uint8Array<ArrayBuffer>)
  return new Response(body, { status, statusText, headers })
}
