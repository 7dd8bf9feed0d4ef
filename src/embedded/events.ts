/**
 * An event for each request that was answered: for tests that count requests, and pages that show them.
 * Without headers, queries and bodies, where credentials are.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { positiveInteger } from '../platform/options.ts'
import type { Answer } from './wire/answer.ts'
import { bytesRead } from './wire/body.ts'

/** One request, once its answer was read, or given up. */
export interface RegistryEvent {
  readonly method: string
  /** Path without its query. */
  readonly path: string
  /** Repository's name; `''` where the path has none. */
  readonly repository: string
  /** 0 where there was no answer: the request was aborted, or its connection broke. */
  readonly status: number
  /** From the request's start to the end of its answer. */
  readonly milliseconds: number
  /** Bytes of the request's body that were read. */
  readonly bytesIn: number
  /** Bytes of the answer's body that were read, or read ahead. */
  readonly bytesOut: number
}

/** Keeps the newest events. */
export interface RequestLog {
  /** Pass this as `onEvent`. */
  readonly onEvent: (event: RegistryEvent) => void
  /** Oldest first. */
  readonly events: readonly RegistryEvent[]
  clear(): void
}

/**
 * A log to pass to `embeddedRegistry`.
 *
 * @param limit - how many events are kept
 * @throws `InvalidInputError` `INVALID_INPUT` for a limit that is no whole number from 1
 * @example
 * ```ts
 * import { embeddedRegistry, requestLog } from 'ocilink/embedded'
 *
 * const log = requestLog()
 * const registry = embeddedRegistry({ onEvent: log.onEvent })
 * await registry.fetch(new Request('http://registry.local/v2/nothing/tags/list'))
 * console.log(log.events.map(({ method, path, status }) => `${method} ${path} ${status}`))
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function requestLog(limit = 1000): RequestLog {
  const [expected, accepts] = positiveInteger
  if (!accepts(limit)) throw new InvalidInputError('INVALID_INPUT', 'limit', expected, limit)
  const events: RegistryEvent[] = []
  return {
    events,
    onEvent(event) {
      events.push(event)
      if (events.length > limit) events.shift()
    },
    clear() {
      events.length = 0
    },
  }
}

/** Answers a request, and reports it when the last byte of the answer was read. */
export async function observed(
  request: Request,
  repository: string,
  onEvent: ((event: RegistryEvent) => void) | undefined,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  if (!onEvent) return answer()
  const begin = performance.now()
  const report = (status: number, bytesOut: number) => {
    onEvent({
      method: request.method,
      path: new URL(request.url).pathname,
      repository,
      status,
      milliseconds: performance.now() - begin,
      bytesIn: bytesRead(request),
      bytesOut,
    })
  }
  let found: Answer
  try {
    found = await answer()
  } catch (error) {
    report(0, 0)
    throw error
  }
  const { status, body } = found
  if (body instanceof ReadableStream) {
    return { ...found, body: await counted(body, (length) => report(status, length)) }
  }
  report(status, body?.byteLength ?? 0)
  return found
}

// Up to so many bytes are read ahead: a small answer is reported whether anybody reads it or not.
const READ_AHEAD = 64 * 1024

/** The same bytes; reports how many when they end, fail or are no longer wanted. */
async function counted(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  done: (bytes: number) => void,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = body.getReader()
  let bytes = 0
  let open = true
  const finish = () => {
    if (open) done(bytes)
    open = false
  }
  const read = async () => {
    try {
      const next = await reader.read()
      bytes += next.value?.byteLength ?? 0
      if (next.done) finish()
      return { value: next.value }
    } catch (error) {
      finish()
      return { error }
    }
  }
  const ahead: Awaited<ReturnType<typeof read>>[] = []
  while (open && bytes < READ_AHEAD) ahead.push(await read())
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, error } = ahead.shift() ?? (await read())
        if (error !== undefined) controller.error(error)
        else if (value) controller.enqueue(value)
        else controller.close()
      },
      async cancel(reason) {
        finish()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
