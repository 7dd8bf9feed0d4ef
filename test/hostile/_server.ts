// Servers on loopback that answer as a test says, down to the bytes.
import { createServer, type RequestListener } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'
import { onTestFinished } from 'vitest'

/** A server, and what is open at it. */
export interface Place {
  readonly host: string
  readonly sockets: ReadonlySet<Socket>
}

/** An HTTP server. */
export function listen(handler: RequestListener): Promise<Place> {
  return open(createServer({ maxHeaderSize: 1 << 20 }, handler))
}

/** A server that answers each connection's first request with some bytes, and then ends or hangs. */
export function raw(answer: string | ((request: string) => string), ends = true): Promise<Place> {
  return open(
    createTcpServer((socket) => {
      socket.once('data', (data) => {
        const text = typeof answer === 'string' ? answer : answer(String(data))
        if (ends) socket.end(text, 'latin1')
        else socket.write(text, 'latin1')
      })
    }),
  )
}

async function open(server: Server): Promise<Place> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}
