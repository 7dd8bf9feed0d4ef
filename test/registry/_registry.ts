// Fake registries: a fetch that notes what was asked and answers as a test says.
import { vi } from 'vitest'
import type { RepositoryOptions } from '../../src/registry/options.ts'
import { type Repository, repository } from '../../src/registry/repository.ts'
import type { Fetch } from '../../src/registry/wire/exchange.ts'

export { endless, sha, streamOf, thrownBy, utf8 } from '../model/_bytes.ts'

/** A request as it came in. */
export interface Call {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly authorization: string | null
  /** The body as text; `undefined` when there was none. */
  readonly body: string | undefined
  readonly bytes: Uint8Array
  readonly signal: AbortSignal
}

export type Answer = (call: Call, count: number) => Response | Promise<Response>

export interface Fake {
  readonly fetch: Fetch
  readonly calls: Call[]
  /** `METHOD path` of every request. */
  readonly lines: () => string[]
}

export function fakeFetch(answer: Answer): Fake {
  const calls: Call[] = []
  return {
    calls,
    lines: () => calls.map(({ method, url }) => `${method} ${url.pathname}`),
    async fetch(request) {
      const bytes = new Uint8Array(await request.arrayBuffer())
      const call: Call = {
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        authorization: request.headers.get('authorization'),
        get body() {
          return bytes.byteLength > 0 ? new TextDecoder().decode(bytes) : undefined
        },
        bytes,
        signal: request.signal,
      }
      calls.push(call)
      return answer(call, calls.length)
    },
  }
}

export const NAME = 'r.test/team/app'

/** A repository at `https://r.test` (or where `name` says) that a fake answers for. */
export function fakeRepository(
  answer: Answer,
  options: RepositoryOptions = {},
  name: string = NAME,
): Fake & { readonly repo: Repository } {
  const fake = fakeFetch(answer)
  return { ...fake, repo: repository(name, { ...options, fetch: fake.fetch }) }
}

export function empty(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers })
}

export function json(
  value: unknown,
  headers: Record<string, string> = {},
  status: number = 200,
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** A body that gives these chunks and then never ends, unless it is cancelled. */
export function stalled(...chunks: Uint8Array[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
    },
  })
}

/** A body that gives these chunks and then breaks, as a cut connection does. */
export function cut(...chunks: Uint8Array[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...chunks] as Uint8Array<ArrayBuffer>[]
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift()
      if (chunk) controller.enqueue(chunk)
      else controller.error(new TypeError('terminated'))
    },
  })
}

/** An answer that never comes. */
export const never = (): Promise<Response> => new Promise(() => {})

/** Fakes what waits, so that {@link settle} decides how time passes. */
export function fakeClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
}

/** Lets faked time pass, 50 ms a step, until a promise is settled. */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    if (settled) return promise
    await vi.advanceTimersByTimeAsync(50)
  }
}

/** All items of a lazy list. */
export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of list) items.push(item)
  return items
}
