/**
 * Faults on demand, so that tests see what clients do when a registry, or the line to it, fails.
 *
 * @module
 */
import { type Answer, answerOf } from './wire/answer.ts'

/** One fault: which requests it is for, and what happens to them. The first that fits is used. */
export interface Fault {
  /** Method; any by default. */
  readonly method?: string | undefined
  /** The path itself, or a pattern; any by default. */
  readonly path?: string | RegExp | undefined
  /** Only the nth request of those that fit, counted from 1; every one by default. */
  readonly nth?: number | undefined
  /** Milliseconds to wait first. */
  readonly delay?: number | undefined
  /** Breaks the connection: `fetch` rejects with a `TypeError`. The request does nothing. */
  readonly reject?: true | undefined
  /** Answers with this instead. The request does nothing. */
  readonly answer?: FaultAnswer | undefined
  /** Answers 307 to this URL. The request does nothing. */
  readonly redirect?: string | undefined
  /** Breaks the connection after this many bytes of the answer's body. */
  readonly cutAfter?: number | undefined
  /** Flips the answer's bytes: same length, another digest. */
  readonly corrupt?: true | undefined
  /** `Location` of the answer, where it has one: that of another host, for one. */
  readonly location?: string | undefined
}

/** An answer made up. */
export interface FaultAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Seconds, or a date: `Retry-After`. */
  readonly retryAfter?: string | number | undefined
  /** @default '' */
  readonly body?: string | undefined
}

/** Faults as a list, or as a function that sees each request. */
export type Faults =
  | readonly Fault[]
  | ((request: { readonly method: string; readonly path: string }) => Fault | undefined)

/** The connection broke. Looks like what `fetch` throws, so that clients treat it so. */
export class BrokenConnection extends TypeError {
  constructor() {
    super('fetch failed')
  }
}

/** Finds the fault that a request meets. */
export type FaultOf = (request: {
  readonly method: string
  readonly path: string
}) => Fault | undefined

/** Makes a finder of faults. */
export function createFaults(faults: Faults): FaultOf {
  const seen = new Map<Fault, number>()
  return ({ method, path }) => {
    if (typeof faults === 'function') return faults({ method, path })
    return faults.find((fault) => {
      if (!fits(fault, method, path)) return false
      const count = (seen.get(fault) ?? 0) + 1
      seen.set(fault, count)
      return fault.nth === undefined || fault.nth === count
    })
  }
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false
  if (typeof fault.path === 'string') return fault.path === path
  return fault.path === undefined || path.search(fault.path) >= 0
}

/** Answers a request with its fault. */
export async function withFault(
  request: Request,
  fault: Fault | undefined,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  if (!fault) return answer()
  if (fault.delay) await wait(fault.delay, request.signal)
  if (fault.reject) throw new BrokenConnection()
  if (fault.redirect !== undefined) {
    return answerOf(307, { Location: fault.redirect })
  }
  if (fault.answer) return madeUp(fault.answer, request.method)
  const found = await answer()
  const { location } = fault
  if (location !== undefined && found.headers.has('location')) {
    found.headers.set('location', location)
  }
  const { body } = found
  if (!body || (fault.cutAfter === undefined && !fault.corrupt)) return found
  const stream = body instanceof ReadableStream ? body : new Response(body).body!
  return { ...found, body: stream.pipeThrough(damage(fault)) }
}

function madeUp(answer: FaultAnswer, method: string): Answer {
  const { status, headers, retryAfter, body = '' } = answer
  const bodiless = method === 'HEAD' || status === 204 || status === 304
  const made = answerOf(status, { ...headers }, bodiless ? null : new TextEncoder().encode(body))
  // As a Response of text has it.
  if (!bodiless && !made.headers.has('content-type')) {
    made.headers.set('content-type', 'text/plain;charset=UTF-8')
  }
  if (retryAfter !== undefined) made.headers.set('retry-after', String(retryAfter))
  return made
}

function damage(fault: Fault): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let room = fault.cutAfter ?? Number.POSITIVE_INFINITY
  return new TransformStream({
    start(controller) {
      if (room === 0) controller.error(new BrokenConnection())
    },
    async transform(chunk, controller) {
      const bytes = chunk.subarray(0, room)
      room -= bytes.byteLength
      controller.enqueue(fault.corrupt ? bytes.map((byte) => byte ^ 0xff) : bytes)
      if (bytes.byteLength === chunk.byteLength) return
      // A server must get what came before onto the line.
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw new BrokenConnection()
    },
  })
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', stop)
        resolve()
        // A timer of more fires at once.
      },
      Math.min(milliseconds, 2 ** 31 - 1),
    )
    signal.addEventListener('abort', stop, { once: true })
  })
}
