// A way to a registry that lets so many bytes through in a second: long enough for a person to see what happens.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Opens it; gives its host, and how it is closed. */
export async function slowWay(
  to: string,
  bytesPerSecond: number,
): Promise<{ readonly host: string; close(): Promise<void> }> {
  const [hostname, port] = to.split(':')
  const sockets = new Set<Socket>()
  const slowly = () =>
    new Transform({
      async transform(chunk: Buffer, _, done) {
        await sleep((chunk.length / bytesPerSecond) * 1000)
        done(undefined, chunk)
      },
    })
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(slowly()).pipe(upstream)
    upstream.pipe(slowly()).pipe(client)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${own}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
