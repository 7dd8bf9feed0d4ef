// What stands between a program and its registry elsewhere: a proxy, and TLS with an own CA.
import { readFile } from 'node:fs/promises'
import { createServer, request as send } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { makeCertificates } from '../../_certificates.ts'

/** A proxy (RFC 9110, sections 7.3 and 9.3.6), with what it was used for: `CONNECT host:port`, `GET http://…`. */
export async function startProxy(): Promise<{
  readonly url: string
  readonly used: string[]
  close(): void
}> {
  const used: string[] = []
  const server = createServer((incoming, answer) => {
    used.push(`${incoming.method} ${incoming.url}`)
    const { method, headers } = incoming
    const onward = send(incoming.url!, { method: method!, headers }, (back) => {
      answer.writeHead(back.statusCode!, back.headers)
      back.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, client: Socket) => {
    used.push(`CONNECT ${incoming.url}`)
    const [host, port] = incoming.url!.split(':')
    const onward = connect(Number(port), host!)
    onward.once('connect', () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    pair(client, onward)
  })
  const { port, close } = await listening(server)
  return { url: `http://127.0.0.1:${port}`, used, close }
}

/** TLS in front of a registry, as `localhost`, by a certificate of a CA of its own. */
export async function startTls(host: string): Promise<{
  /** `localhost:<port>` */
  readonly host: string
  /** Path of the CA's certificate. */
  readonly ca: string
  close(): Promise<void>
}> {
  const files = await makeCertificates()
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  const server = createTlsServer({ cert, key }, (client) => {
    pair(client, connect(Number(host.split(':')[1]), '127.0.0.1'))
  })
  const { port, close } = await listening(server)
  return {
    host: `localhost:${port}`,
    ca: files.ca,
    async close() {
      close()
      await files.remove()
    },
  }
}

/** What one side sends the other gets, until one of them ends. */
function pair(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}

async function listening(server: Server): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
