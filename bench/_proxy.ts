// A proxy in front of a registry, in a process of its own so that it does not share an event loop
// with what it measures. Delays every request, and notes when each began and ended.
//
// Started by linking.ts with the registry's host and port and the delay in milliseconds; reports
// its own host, and for every `take` message the requests since the one before.
import { createServer, request } from 'node:http'

export interface Span {
  readonly method: string
  readonly path: string
  /** Milliseconds, on the proxy's clock. */
  readonly start: number
  readonly end: number
}

const [host = '', port = '', delay = '0'] = process.argv.slice(2)
let spans: Span[] = []

const server = createServer((incoming, outgoing) => {
  const start = performance.now()
  const { method = '', url: path = '' } = incoming
  // The Host header stays what the client sent: absolute Locations then lead back to the proxy.
  const forward = () => {
    const upstream = request({ host, port, method, path, headers: incoming.headers })
    upstream.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders)
      response.pipe(outgoing)
    })
    upstream.on('error', () => outgoing.destroy())
    incoming.pipe(upstream)
  }
  setTimeout(forward, Number(delay))
  outgoing.on('finish', () => spans.push({ method, path, start, end: performance.now() }))
})

process.on('message', () => {
  process.send?.(spans)
  spans = []
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(`127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
