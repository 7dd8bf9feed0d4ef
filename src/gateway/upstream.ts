/**
 * Passes a request to the upstream and its answer back, both as streams: what the gateway does with all that it does not
 * answer itself.
 *
 * @module
 */
import { ConnectionError } from '../errors.ts'
import { untilAborted } from '../platform/abort.ts'
import { dropBody } from '../platform/body.ts'
import { bodyFailure } from '../registry/wire/failures.ts'
import { mayVisit } from '../registry/wire/origins.ts'
import { ourAddress, ourRealm, ownOrigin, viaOf } from './addresses.ts'
import type { Settings } from './options.ts'
import { requestBody } from './streams.ts'

/** Headers of one connection (RFC 9110, section 7.6.1), and those that `fetch` makes itself. */
const ofConnection = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/** What the upstream need not know of the client's page or connection. */
const ofClient = ['host', 'expect', 'origin', 'referer', 'cookie', 'accept-encoding']
const MAX_REDIRECTS = 5
/** Milliseconds in which the upstream must have stored what was sent: it may check a digest, or put parts together. */
const STORING = 10 * 60_000

/** What is sent in place of the client's request. */
export interface Passed {
  /** Bytes that were read from the client already. */
  readonly body?: Uint8Array<ArrayBuffer> | undefined
  /** Another path at the upstream. */
  readonly path?: string | undefined
}

/**
 * The upstream's answer to a client's request: its addresses are ours, and a redirect is followed where the client is a
 * page, which could not follow it.
 *
 * @throws `ConnectionError`
 */
export async function pass(
  request: Request,
  settings: Settings,
  passed: Passed = {},
): Promise<Response> {
  const url = upstreamAddress(request, settings, passed.path)
  const answer = await sendTo(url, request, settings, passed)
  const followed = await follow({ answer, from: url }, request, settings)
  return rewritten(followed, request, settings)
}

/** The same path at the upstream, without `ns`, which names the upstream itself. */
function upstreamAddress(request: Request, { origin }: Settings, path: string | undefined): URL {
  const { pathname, search } = new URL(request.url)
  // Not resolved: a path that begins with two slashes would name another host.
  const url = new URL(origin)
  url.pathname = path ?? pathname
  url.search = search
  if (namespaceOf(request, origin) !== undefined) url.searchParams.delete('ns')
  return url
}

/** The name of the upstream, where a request names it (distribution-spec main, "Registry Proxying"). */
export function namespaceOf({ url }: Request, { host }: URL): string | undefined {
  const [ns, ...others] = new URL(url).searchParams.getAll('ns')
  const names = host === 'registry-1.docker.io' ? [host, 'docker.io'] : [host]
  return ns !== undefined && names.includes(ns) && others.length === 0 ? ns : undefined
}

/** Whether a request is for another registry, through the upstream. */
export function isForeign(request: Request, origin: URL): boolean {
  const names = new URL(request.url).searchParams.getAll('ns')
  return names.length > 1 || (names.length > 0 && namespaceOf(request, origin) === undefined)
}

async function sendTo(
  url: URL,
  request: Request,
  settings: Settings,
  { body = undefined }: Passed,
): Promise<Response> {
  const { fetch, timeout } = settings
  const headers = new Headers(request.headers)
  for (const name of named(headers.get('connection'))) headers.delete(name)
  for (const name of [...ofConnection, ...ofClient]) headers.delete(name)
  headers.set('via', viaOf(request, settings))
  // Else `fetch` asks for gzip and unpacks it: lengths and ranges would not fit.
  headers.set('accept-encoding', 'identity')
  const streamed = body === undefined ? request.body : null
  const wait = patience(request.signal)
  if (!streamed) wait.for(timeout)
  try {
    const answer = fetch(
      new Request(url, {
        method: request.method,
        headers,
        redirect: 'manual',
        signal: wait.signal,
        ...(body && { body }),
        ...(streamed && {
          body: requestBody(streamed, timeout, {
            onStall: wait.giveUp,
            // What was sent is stored now.
            onEnd: () => wait.for(Math.max(timeout, STORING)),
          }),
          duplex: 'half',
        }),
      } as RequestInit),
    )
    // What comes later is for nobody.
    const drop = () => void answer.then(dropBody, () => {})
    wait.signal.addEventListener('abort', drop)
    // A request that nothing else holds may be collected before it could be aborted.
    const inTime = await untilAborted(answer, wait.signal)
    wait.signal.removeEventListener('abort', drop)
    return inTime
  } catch (error) {
    request.signal.throwIfAborted()
    if (wait.signal.aborted) {
      const message = `The upstream did not answer within ${timeout} ms`
      throw new ConnectionError('TIMEOUT', message, url.origin + url.pathname, { cause: error })
    }
    throw bodyFailure(error, request.method, url.href)
  } finally {
    wait.end()
  }
}

/** A signal that ends with the client's, and when the upstream takes too long. */
function patience(signal: AbortSignal) {
  const clock = new AbortController()
  const giveUp = () => clock.abort()
  let timer: ReturnType<typeof setTimeout> | undefined
  let ended = false
  return {
    signal: AbortSignal.any([signal, clock.signal]),
    giveUp,
    /** Gives up after so many milliseconds, in place of what was set before. */
    for(milliseconds: number) {
      clearTimeout(timer)
      if (!ended) timer = setTimeout(giveUp, milliseconds)
    },
    end() {
      ended = true
      clearTimeout(timer)
    },
  }
}

/** An answer, and where it is from. */
interface Answered {
  readonly answer: Response
  readonly from: URL
}

/** Follows redirects to storage for pages; without the credentials, which are the upstream's. */
async function follow(answered: Answered, request: Request, settings: Settings): Promise<Answered> {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (!reads || !request.headers.has('origin')) return answered
  let { answer: last, from } = answered
  const headers = new Headers(request.headers)
  for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
    const location = last.headers.get('location')
    const isRedirect = [301, 302, 303, 307, 308].includes(last.status)
    if (!isRedirect || location === null || !URL.canParse(location, from.href)) break
    const next = new URL(location, from)
    if (!mayVisit(settings.origin, next)) break
    dropBody(last)
    // For good: who is elsewhere may send us back to any path.
    if (next.origin !== settings.origin.origin) headers.delete('authorization')
    const { method, signal } = request
    last = await sendTo(next, new Request(next, { method, headers, signal }), settings, {})
    from = next
  }
  return { answer: last, from }
}

/** The upstream's answer, with its addresses as ours. */
function rewritten({ answer, from }: Answered, request: Request, { origin }: Settings): Response {
  const headers = new Headers(answer.headers)
  for (const name of named(headers.get('connection'))) headers.delete(name)
  for (const name of ofConnection) headers.delete(name)
  headers.delete('set-cookie')
  // Which pages may read an answer is for the gateway to say.
  for (const name of [...headers.keys()]) {
    if (name.startsWith('access-control-')) headers.delete(name)
  }
  if (isUnpacked(headers.get('content-encoding'))) {
    headers.delete('content-encoding')
    headers.delete('content-length')
  }
  const location = headers.get('location')
  if (location !== null) headers.set('location', ourAddress(location, from, origin))
  const link = headers.get('link')
  if (link !== null) {
    headers.set(
      'link',
      link.replace(/<([^>]*)>/g, (_, to) => `<${ourAddress(to, from, origin)}>`),
    )
  }
  const challenge = headers.get('www-authenticate')
  if (challenge !== null) {
    headers.set('www-authenticate', ourRealm(challenge, origin, ownOrigin(request)))
  }
  const { status, statusText } = answer
  const none = [101, 204, 205, 304].includes(status) || request.method === 'HEAD'
  return new Response(none ? null : answer.body, { status, statusText, headers })
}

/** Whether `fetch` has unpacked what came so (Fetch standard, "handle content codings"). */
function isUnpacked(codings: string | null): boolean {
  return (
    named(codings).length > 0 &&
    named(codings).every((one) => /^((x-)?gzip|deflate|br)$/i.test(one))
  )
}

/** Names in a header that lists some. */
function named(header: string | null): readonly string[] {
  const names = (header ?? '').split(',').map((name) => name.trim())
  return names.filter((name) => /^[\w-]+$/.test(name))
}
