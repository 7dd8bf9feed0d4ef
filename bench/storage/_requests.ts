// Requests to a registry, many at a time.
import { Agent, type IncomingMessage, request } from 'node:http'

/** Connections at a time. */
export const connections = 32

/** A body that is sent piece by piece, or at once. */
export type Body = Uint8Array | { readonly piece: Uint8Array; readonly times: number }

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Bytes of the body. */
  readonly size: number
}

export const agent: Agent = new Agent({ keepAlive: true, maxSockets: connections })

/** One request; node:http takes least time of what Node has, which is what is left to the servers. */
export function send(
  host: string,
  method: string,
  path: string,
  body?: Body,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { pathname, search } = new URL(path, `http://${host}`)
    const [address, port] = host.split(':')
    const isWhole = body instanceof Uint8Array
    const length = !body ? 0 : isWhole ? body.byteLength : body.piece.byteLength * body.times
    const sent = method === 'GET' ? headers : { ...headers, 'Content-Length': String(length) }
    const options = { host: address, port, method, path: pathname + search, headers: sent, agent }
    const outgoing = request(options, (answer) => {
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.byteLength
      })
      answer.on('error', reject)
      answer.on('end', () => {
        const status = answer.statusCode ?? 0
        if (status < 400) resolve({ status, headers: answer.headers, size })
        else reject(new Error(`${method} ${path} answered ${status}`))
      })
    })
    outgoing.on('error', reject)
    if (!body || isWhole) return void outgoing.end(body)
    let left = body.times
    const write = () => {
      while (left > 0) {
        left -= 1
        if (!outgoing.write(body.piece)) return void outgoing.once('drain', write)
      }
      outgoing.end()
    }
    write()
  })
}

/** Pushes a blob in the two requests that every registry takes. */
export async function pushBlob(
  host: string,
  name: string,
  digest: string,
  body: Body,
): Promise<void> {
  const { headers } = await send(host, 'POST', `/v2/${name}/blobs/uploads/`)
  const location = new URL(headers.location!, `http://${host}`)
  location.searchParams.set('digest', digest)
  const type = { 'Content-Type': 'application/octet-stream' }
  await send(host, 'PUT', location.pathname + location.search, body, type)
}

/** Does all of the tasks, as many at a time as there are connections. */
export async function all(count: number, task: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let n = next++; n < count; n = next++) await task(n)
  }
  await Promise.all(Array.from({ length: connections }, work))
}
