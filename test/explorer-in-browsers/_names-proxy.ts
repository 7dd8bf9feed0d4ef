// A proxy that knows registries by names of its own, so that pages look the same each time, and what each is asked.
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface NamesProxy {
  readonly url: string
  /** `GET registry.example/v2/…`, of everything that came. */
  readonly asked: readonly string[]
  close(): void
}

/** @param names - names of registries, and `127.0.0.1:<port>` where each is; there are no others */
export async function namesProxy(names: Readonly<Record<string, string>>): Promise<NamesProxy> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { method, headers } = request
    const { host, pathname, search } = new URL(request.url!)
    asked.push(`${method} ${host}${pathname}`)
    const [hostname, port] = names[host]?.split(':') ?? []
    if (hostname === undefined) return void response.writeHead(502).end()
    const upstream = send(
      { hostname, port, method, path: pathname + search, headers },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      },
    )
    upstream.on('error', () => response.destroy())
    request.pipe(upstream)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
