/**
 * One request over Node's HTTP client.
 *
 * @module
 */
import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingMessage,
  request as sendHttp,
} from 'node:http'
import { type Agent as HttpsAgent, request as sendHttps } from 'node:https'
import { pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Body } from './body.ts'

/** The connections that are kept open. */
export interface Agents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

/** A connection that was kept open turned out to be closed, before anything came back on it. */
export class StaleConnection extends TypeError {}

/**
 * Sends a request.
 *
 * @throws `TypeError` with the cause, or the reason of the request's signal
 */
export function send(request: Request, body: Body | undefined, agents: Agents): Promise<Response> {
  const { signal } = request
  return new Promise((resolve, reject) => {
    const out = open(request, body, agents)
    const abort = () => out.destroy(signal.reason)
    signal.addEventListener('abort', abort)
    out.once('close', () => signal.removeEventListener('abort', abort))
    out.on('error', (error) => reject(signal.aborted ? signal.reason : failure(error, out)))
    out.once('response', (incoming) => {
      // An answer that came before the end of the body: nobody wants the rest.
      incoming.once('end', () => out.writableEnded || out.destroy())
      try {
        resolve(toResponse(incoming, request))
      } catch (error) {
        out.destroy(error as Error)
      }
    })
    write(out, body).catch((error) => out.destroy(error))
  })
}

function open(request: Request, body: Body | undefined, { http, https }: Agents): ClientRequest {
  const { method, url } = request
  const headers = Object.fromEntries(request.headers)
  // The length of a body that is not sent would make the next request its bytes.
  if (!body) delete headers['content-length']
  else if (body.length !== undefined) headers['content-length'] = `${body.length}`
  const out = url.startsWith('https:')
    ? sendHttps(url, { method, headers, agent: https })
    : sendHttp(url, { method, headers, agent: http })
  // So would one that is shorter than it was said to be.
  Object.assign(out, { strictContentLength: true })
  return out
}

function failure(error: NodeJS.ErrnoException, { reusedSocket }: ClientRequest): TypeError {
  const closed = reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
  return new (closed ? StaleConnection : TypeError)('fetch failed', { cause: error })
}

async function write(out: ClientRequest, body: Body | undefined): Promise<void> {
  if (!body?.rest) {
    out.end(body?.first)
    return
  }
  // Node emits it on every turn that a connection can take more, and closes with a last one.
  let ready = () => {}
  out.on('drain', () => ready())
  out.once('close', () => {
    ready()
    // Also after an answer that did not wait for the whole body.
    body.rest?.end()
  })
  out.write(body.first)
  for (let next = await body.rest.next(); !next.done; next = await body.rest.next()) {
    if (out.destroyed) return
    // What has ended drains no more.
    if (out.write(next.value) || out.destroyed) continue
    await new Promise<void>((resolve) => {
      ready = resolve
    })
  }
  if (!out.destroyed) out.end()
}

function toResponse(incoming: IncomingMessage, { method, signal }: Request): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = incoming
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  }
  const hasBody = method !== 'HEAD' && ![204, 205, 304].includes(status)
  if (!hasBody) incoming.resume()
  const body = hasBody ? streamOf(unpacked(incoming), signal) : null
  return new Response(body, { status, statusText, headers })
}

const unpackers: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** What was not asked to be packed may come packed nevertheless, also more than once. */
function unpacked(incoming: IncomingMessage): Readable {
  const codings = (incoming.headers['content-encoding'] ?? '').toLowerCase().split(',').reverse()
  const unpack = codings.map((coding) => unpackers[coding.trim()])
  // What nobody can unpack here stays as it is.
  if (!unpack.every((make) => make !== undefined)) return incoming
  const parts = unpack.map((make) => make())
  // Errors are the reader's.
  pipeline([incoming, ...parts], () => {})
  return parts.at(-1)!
}

/** Node's own chunks, read when somebody wants them. */
function streamOf(incoming: Readable, signal: AbortSignal): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          const { aborted } = signal
          controller.error(aborted ? signal.reason : new TypeError('terminated', { cause: error }))
        }
      },
      // What is not read is not waited for: the connection ends.
      cancel: () => void incoming.destroy(),
    },
    { highWaterMark: 0 },
  )
}
