/**
 * Reads an object as a stream that goes on where it broke.
 *
 * @module
 */
import { ConnectionError } from '../../errors.ts'
import { delay, untilAborted } from '../../platform/abort.ts'
import { backoff } from '../../platform/backoff.ts'
import { requireMissing } from './objects.ts'
import { dropStream, type Store, type StoreAnswer } from './store.ts'

/** An object that is being read, at its first byte. */
export interface OpenObject {
  /** All that it has, whatever part is read. */
  readonly size: number
  /** The part that is read: bytes from `start` up to and without `end`. */
  readonly start: number
  readonly end: number
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
  /** For who will not read it. */
  drop(): void
}

/** Times that one stream goes on after it broke, without a byte in between. */
const MOST_BREAKS = 4

/** Milliseconds in which some byte has to come. */
const IDLE = 30_000

/**
 * Opens an object.
 *
 * @param range - a `Range` header; one that cannot be satisfied opens nothing to be read
 * @returns undefined where there is none
 */
export async function openObject(
  store: Store,
  key: string,
  range?: string,
): Promise<OpenObject | undefined> {
  const headers = range === undefined ? {} : { range }
  const answer = await store.send({
    method: 'GET',
    key,
    headers,
    streamed: true,
    answers: [404, 416],
  })
  if (answer.status === 404) {
    await requireMissing(store, answer, key)
    return undefined
  }
  const said = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')
  const size = Number(said?.[3] ?? answer.headers.get('content-length'))
  const start = Number(said?.[1] ?? 0)
  const end = answer.status === 416 ? start : said?.[2] ? Number(said[2]) + 1 : size
  return {
    size,
    start,
    end,
    stream: () => resumed(store, key, answer, start, end),
    drop: () => dropStream(answer),
  }
}

/** A part of an object, which is opened when it is read. */
export function readPart(
  store: Store,
  key: string,
  start: number,
  end: number,
  etag?: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return resumed(store, key, undefined, start, end, etag)
}

function resumed(
  store: Store,
  key: string,
  first: StoreAnswer | undefined,
  start: number,
  end: number,
  known?: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = start
  let breaks = 0
  let etag = known ?? first?.headers.get('etag') ?? undefined
  let reader = first?.body?.getReader()

  async function open(): Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined> {
    // What is written anew under the same key is other content.
    const match: Record<string, string> = etag ? { 'if-match': etag } : {}
    const headers = { range: `bytes=${at}-${end - 1}`, ...match }
    const answer = await store.send({ method: 'GET', key, headers, streamed: true })
    etag ??= answer.headers.get('etag') ?? undefined
    return answer.body?.getReader()
  }
  async function read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      reader ??= await open()
      const idle = AbortSignal.timeout(IDLE)
      const { value } = (await untilAborted(reader!.read(), idle)) ?? {}
      return value
    } catch (error) {
      if (error instanceof Error && 'code' in error && 'status' in error) throw error
      return undefined
    }
  }
  return new ReadableStream(
    {
      async pull(controller) {
        if (at >= end) {
          reader?.cancel().catch(() => {})
          return controller.close()
        }
        for (;;) {
          const value = await read()
          if (value && value.byteLength > 0) {
            const wanted = value.subarray(0, end - at)
            at += wanted.byteLength
            breaks = 0
            return controller.enqueue(wanted)
          }
          if (value) continue
          reader?.cancel().catch(() => {})
          reader = undefined
          if (breaks >= MOST_BREAKS) {
            const message = `${store.place.show(key)} broke off after ${at} of ${end} bytes`
            throw new ConnectionError('CONNECTION', message, store.place.show(key))
          }
          await delay(backoff(breaks))
          breaks += 1
        }
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
