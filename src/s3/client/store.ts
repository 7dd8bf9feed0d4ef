/**
 * Requests to a store that speaks Amazon S3's API, signed, timed and repeated.
 *
 * @module
 */
import { ConnectionError, RegistryError } from '../../errors.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { dropBody, readBounded } from '../../platform/body.ts'
import { innermostText } from '../../platform/innermost.ts'
import type { Place } from './place.ts'
import type { Signer } from './signer.ts'
import { errorOf } from './xml.ts'

/** One request. */
export interface StoreRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Left out for requests about the bucket. */
  readonly key?: string | undefined
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: Uint8Array<ArrayBuffer> | undefined
  /** Statuses from 300 on that are answers, and no errors. */
  readonly answers?: readonly number[] | undefined
  /** Whether the body is read by the caller. */
  readonly streamed?: boolean | undefined
  /** When it must have ended, on the clock of `performance.now()`. */
  readonly until?: number | undefined
  /** Whether it is repeated only where it was refused: not where it may have been done. */
  readonly isOnce?: boolean | undefined
  /** Bytes that it has the store copy: that takes longer than to answer. */
  readonly copies?: number | undefined
}

/** What the store answered. */
export interface StoreAnswer {
  readonly status: number
  readonly headers: Headers
  /** Empty where it is streamed. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
  /** Whether an earlier try of the same request may have changed something. */
  readonly doubtful: boolean
}

/** A store. */
export interface Store {
  readonly place: Place
  /** The store's time in milliseconds, as its last answer had it; this process's before the first. */
  now(): number
  /**
   * Sends a request; again, where the store is busy or does not answer: each must be harmless when it is
   * done twice, or be looked at afterwards by `doubtful`.
   *
   * @throws `ConnectionError` where there is no answer, `RegistryError` for one that is an error
   */
  send(request: StoreRequest): Promise<StoreAnswer>
  /**
   * Resolves when the bucket is known to be there: that something else is missing says nothing before. A
   * request, unless one has succeeded before.
   *
   * @throws as `send()`
   */
  requireBucket(): Promise<void>
  /** An address that anybody may GET for some seconds. */
  signedUrl(key: string, query: Readonly<Record<string, string>>, seconds: number): Promise<string>
}

/** What a store is made of. */
export interface StoreOptions {
  readonly place: Place
  readonly sign: Signer
  readonly fetch: (request: Request) => Promise<Response>
  /** Milliseconds of one try, beside what its bytes take. */
  readonly timeout: number
  readonly retries: number
}

/** Bytes of an answer that is not streamed: manifests, lists, and what keeps track of them. */
const MOST_BYTES = 64 * 1024 ** 2

/** Bytes that a slow line, or a slow store that copies, moves in a second. */
const SLOW = 4 * 1024 ** 2

/** Milliseconds by which a clock may be wrong without being the reason to be refused. */
const SKEW = 240_000

/** Answers of a store that is busy, or broken for a moment; 409 is that of two writes at the same time. */
const passing = [409, 429, 500, 502, 503, 504]

/** Those that say that nothing was done. */
const refusing = [409, 429, 503]

/** Makes a store. */
export function createStore({ place, sign, fetch, timeout, retries }: StoreOptions): Store {
  let isThere = false
  /** Milliseconds by which the store's clock is ahead of this process's. */
  let ahead = 0
  const now = () => Date.now() + ahead

  async function attempt(request: StoreRequest): Promise<StoreAnswer> {
    const { method, key, query, headers = {}, body, streamed = false } = request
    const { until = Number.POSITIVE_INFINITY, copies = 0 } = request
    const url = place.urlOf(key, query)
    const ended = new AbortController()
    const signed = await sign({ method, url, headers, body, at: now() })
    const what = `${method} ${place.show(key)}`
    const moved = ((body?.byteLength ?? 0) + copies) / SLOW
    const milliseconds = Math.min(timeout + moved * 1000, until - performance.now())
    // A process may have stood still: what it was about to write may be somebody else's by now.
    if (milliseconds <= 0) {
      throw new ConnectionError('TIMEOUT', `${what} was not sent in time`, place.show(key))
    }
    const timer = setTimeout(() => {
      const message = `${what} was not answered within ${Math.round(milliseconds)} ms`
      ended.abort(new ConnectionError('TIMEOUT', message, place.show(key)))
    }, milliseconds)
    try {
      signed.headers.set('accept-encoding', 'identity')
      const sent = new Request(signed.url, {
        method,
        headers: signed.headers,
        signal: ended.signal,
        // A signature is for one address.
        redirect: 'manual',
        ...uncached(),
        ...(body && { body }),
      })
      const response = await untilAborted(fetch(sent), ended.signal)
      const { status } = response
      const date = Date.parse(response.headers.get('date') ?? '')
      if (!Number.isNaN(date)) ahead = date - Date.now()
      if (response.type === 'opaqueredirect') throw new TypeError('it was redirected')
      const isStream = streamed && response.ok
      const coding = response.headers.get('content-encoding') ?? 'identity'
      if ((isStream || method === 'HEAD') && coding !== 'identity') {
        dropBody(response)
        throw new TypeError(`the answer is packed (${coding}), and its size is another's`)
      }
      // What the answer to a HEAD announces does not come.
      const bytes =
        isStream || method === 'HEAD'
          ? new Uint8Array()
          : ((await readBounded(
              response,
              MOST_BYTES,
              'throw',
              ended.signal,
            )) as Uint8Array<ArrayBuffer>)
      const isPlain = !isStream && method !== 'HEAD' && coding === 'identity'
      const announced = response.headers.get('content-length')
      if (isPlain && announced && bytes.length < Number(announced)) {
        throw new TypeError('the answer was cut off')
      }
      return {
        status,
        headers: response.headers,
        bytes,
        body: isStream ? (response.body as StoreAnswer['body']) : null,
        doubtful: false,
      }
    } catch (error) {
      if (ended.signal.aborted) throw ended.signal.reason
      const message = `${what} failed: ${innermostText(error)}`
      throw new ConnectionError('CONNECTION', message, place.show(key), { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  async function send(request: StoreRequest): Promise<StoreAnswer> {
    const { until = Number.POSITIVE_INFINITY } = request
    let isCorrected = false
    for (let failures = 0; ; failures += 1) {
      let failure: unknown
      let wait = backoff(failures)
      const before = ahead
      try {
        const answer = await attempt(request)
        if (answer.status < 300) isThere = true
        if (answer.status < 300 || request.answers?.includes(answer.status)) {
          return { ...answer, doubtful: failures > 0 }
        }
        // It was signed with a wrong time, and the answer told the right one.
        if (!isCorrected && answer.status === 403 && Math.abs(ahead - before) > SKEW) {
          isCorrected = true
          failures -= 1
          continue
        }
        failure = await refusalOf(place, request, answer)
        if (!(await isPassing(answer))) throw failure
        if (request.isOnce && !refusing.includes(answer.status)) throw failure
        wait = Math.max(wait, waitOf(answer.headers))
      } catch (error) {
        if (!(error instanceof ConnectionError) || request.isOnce) throw error
        failure = error
      }
      if (failures >= retries || performance.now() + wait >= until) throw failure
      await delay(wait)
    }
  }

  return {
    place,
    now,
    send,
    async requireBucket() {
      if (!isThere) await send({ method: 'HEAD' })
    },
    async signedUrl(key, query, seconds) {
      const url = place.urlOf(key, { ...query, 'X-Amz-Expires': String(seconds) })
      return (await sign({ method: 'GET', url, headers: {}, at: now(), inQuery: true })).url
    },
  }
}

/** Browsers would keep a tag for as long as they see fit. Workers of before November 2024 throw at the option. */
function uncached(): { readonly cache?: 'no-store' } {
  return 'cache' in Request.prototype ? { cache: 'no-store' } : {}
}

/** The error that an answer is. */
export async function refusalOf(
  place: Place,
  { method, key }: Pick<StoreRequest, 'method' | 'key'>,
  { status, bytes, headers }: StoreAnswer,
): Promise<RegistryError> {
  const { code, message } = await errorOf(bytes)
  const errors = code ? [{ code, message }] : []
  const region = headers.get('x-amz-bucket-region')
  const elsewhere = status < 400 ? 'Use the address of its own region' : undefined
  const hint = region ? `The bucket is in the region ${region}` : elsewhere
  return new RegistryError({ status, method, url: place.show(key), errors, hint })
}

async function isPassing({ status, bytes }: StoreAnswer): Promise<boolean> {
  if (passing.includes(status)) return true
  return status === 400 && (await errorOf(bytes)).code === 'RequestTimeout'
}

/** Milliseconds that the store asks to wait, up to ten seconds. */
function waitOf(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return seconds > 0 ? Math.min(seconds, 10) * 1000 : 0
}

/** Ends a stream that nobody will read. */
export function dropStream(answer: StoreAnswer): void {
  if (answer.body) dropBody(new Response(answer.body))
}
