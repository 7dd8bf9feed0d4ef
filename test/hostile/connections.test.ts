// Clients that are slow, stand still, never stop, or say nonsense, on real sockets.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { type RunningServer, type ServeOptions, serve } from '../../src/node/index.ts'
import { digestOf, INDEX, pushBlob, start as startRegistry } from '../embedded/_registry.ts'
import { openStorage, temporaryDirectory } from '../node/layout/_directory.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(
  options: EmbeddedRegistryOptions = {},
  serving: ServeOptions = {},
): Promise<RunningServer & { port: number }> {
  const server = await serve(embeddedRegistry(options), serving)
  closing.push(() => server.close())
  return { ...server, port: Number(new URL(server.url).port) }
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  closing.push(() => socket.destroy())
  return socket
}

/** Everything that comes back for some text, until the connection ends. */
async function raw(port: number, text: string): Promise<string> {
  const socket = open(port)
  socket.end(Buffer.from(text, 'latin1'))
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}

const get = (host: string) => `GET /v2/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

describe('Host', () => {
  test.each([
    'a:99999',
    'a b',
    'u:p@evil',
    '[::1',
    'a%00b',
    'a"b',
    '\xc3\xa9',
    'a/b',
    'a#b',
    'a:b',
  ])('%j is answered with 400', async (host) => {
    const errors: unknown[] = []
    const { port } = await start({}, { onError: (error) => errors.push(error) })
    expect(statusOf(await raw(port, get(host)))).toBe(400)
    expect(errors).toEqual([])
  })

  test.each(['', 'a', 'A:1', 'a.b-c_d:65535', '127.0.0.1', '[::1]:80'])(
    '%j is answered',
    async (host) => {
      const { port } = await start()
      expect(statusOf(await raw(port, get(host)))).toBe(200)
    },
  )

  test('no other name than those that are allowed is answered', async () => {
    const { port } = await start({}, { allowedHosts: ['Registry.lan'] })
    const allowed = ['registry.lan', 'REGISTRY.LAN:5000', 'localhost', 'app.localhost', '127.0.0.1']
    for (const host of [...allowed, '10.0.0.1:1', '[::1]:80']) {
      expect(statusOf(await raw(port, get(host))), host).toBe(200)
    }
    for (const host of ['evil.example', 'registry.lan.evil.example', 'localhost.evil.example']) {
      const answer = await raw(port, get(host))
      expect(statusOf(answer), host).toBe(421)
      expect(answer).toContain(`does not go by the name \\"${host}\\"`)
    }
    const absolute = get('localhost').replace('/v2/', 'http://evil.example/v2/')
    expect(statusOf(await raw(port, absolute))).toBe(421)
  })
})

describe('a client that stands still', () => {
  test('in its headers is cut, though a byte comes now and then', async () => {
    const { port } = await start({}, { idleTimeout: 400 })
    const socket = open(port)
    socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ')
    const drip = setInterval(() => socket.write('a'), 100)
    closing.push(() => clearInterval(drip))
    socket.resume()
    await once(socket, 'close')
  })

  test('before its headers is cut', async () => {
    const { port } = await start({}, { idleTimeout: 200 })
    const socket = open(port)
    socket.resume()
    await once(socket, 'close')
  })

  test('in its body is cut, and what it sent is dropped', async () => {
    const directory = await temporaryDirectory()
    const storage = await openStorage(directory)
    const { port } = await start({ storage }, { idleTimeout: 300 })
    const socket = open(port)
    const path = `/v2/app/blobs/uploads/?digest=${digestOf('x')}`
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n`)
    socket.write(new Uint8Array(1_000_000))
    const files = () => readdirSync(join(directory, '.ocilink', 'tmp'))
    await vi.waitFor(() => expect(files()).toHaveLength(1))
    socket.resume()
    await once(socket, 'close')
    await vi.waitFor(() => expect(files()).toEqual([]))
  })

  test('in a download is cut, and the file is closed', async () => {
    const storage = await openStorage()
    const digest = await pushBlob(startRegistry({ storage }), 'app', 'x'.repeat(40_000_000))
    const { port } = await start({ storage }, { idleTimeout: 500 })
    const handles = () => readdirSync('/proc/self/fd').length
    const before = handles()
    const socket = open(port)
    socket.pause()
    socket.write(`GET /v2/app/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await vi.waitFor(() => expect(handles()).toBeGreaterThan(before + 1))
    // This end of the connection is still open.
    await vi.waitFor(() => expect(handles()).toBeLessThanOrEqual(before + 1), { timeout: 5000 })
  })

  test('is not cut for what the server takes long for', async () => {
    const slow = { delay: 1000 }
    const { url } = await start({ faults: [slow] }, { idleTimeout: 200 })
    expect((await fetch(`${url}/v2/`)).status).toBe(200)
    const put = await fetch(`${url}/v2/app/manifests/v1`, {
      method: 'PUT',
      body: '{"schemaVersion":2,"manifests":[]}',
      headers: { 'Content-Type': INDEX },
    })
    expect(put.status).toBe(201)
  })
})

describe('a body that is refused', () => {
  const limits = { blob: 1_000_000, manifest: 100_000 }
  const headers = { 'Content-Type': INDEX }

  interface Answer {
    status: number | string | undefined
    connection?: string | undefined
  }

  /** One request on the agent's connection; the whole body is sent, whatever is answered. */
  function send(
    port: number,
    agent: Agent,
    method: string,
    path: string,
    body?: Uint8Array,
    more: Record<string, string> = {},
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const length = body && { 'Content-Length': body.byteLength }
      const request = httpRequest({ port, agent, method, path, headers: { ...more, ...length } })
      const failed = ({ code }: NodeJS.ErrnoException) => resolve({ status: code })
      request.on('error', failed)
      request.on('response', (answer: IncomingMessage) => {
        const { statusCode: status, headers: answered } = answer
        answer.on('error', failed)
        answer.on('end', () => resolve({ status, connection: answered.connection }))
        answer.resume()
      })
      request.end(body)
    })
  }

  test.each([
    ['a blob over the limit', 'POST', `/v2/a/blobs/uploads/?digest=${digestOf('x')}`, 3e6, 413],
    ['a manifest over the limit', 'PUT', '/v2/a/manifests/v1', 2e6, 413],
    ['no such endpoint', 'PUT', '/nothing', 2e6, 404],
    ['no digest', 'POST', '/v2/a/blobs/uploads/?digest=x', 2e6, 400],
    ['an unknown session', 'PATCH', '/v2/a/blobs/uploads/abc', 2e6, 404],
    ['another host', 'PATCH', '/v2/a/blobs/uploads/abc', 2e6, 421, { Host: 'evil.example' }],
  ] as const)('%s: the answer comes, and says that the connection ends', async (...row) => {
    const [, method, path, size, status, more] = row
    const { port } = await start({ limits }, { allowedHosts: [] })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    closing.push(() => agent.destroy())
    const body = new Uint8Array(size)
    const refused = await send(port, agent, method, path, body, { ...headers, ...more })
    expect(refused).toEqual({ status, connection: 'close' })
    expect((await send(port, agent, 'GET', '/v2/')).status).toBe(200)
  })

  test('is dropped where little of it is left, and the connection goes on', async () => {
    const { port } = await start({ limits })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    closing.push(() => agent.destroy())
    for (let n = 0; n < 3; n += 1) {
      const body = new Uint8Array(200_000)
      const refused = await send(port, agent, 'PUT', '/v2/a/manifests/v1', body, headers)
      expect(refused).toEqual({ status: 413, connection: 'keep-alive' })
    }
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1)
  })

  test('and never ends is cut', async () => {
    const { port } = await start({ limits })
    const socket = open(port)
    socket.write(`PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: ${INDEX}\r\n`)
    socket.write('Transfer-Encoding: chunked\r\n\r\n')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    const piece = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(1 << 20),
      Buffer.from('\r\n'),
    ])
    let sent = 0
    while (!socket.destroyed && sent < 200) {
      sent += 1
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), sleep(500)])
    }
    expect(answer).toMatch(/^HTTP\/1\.1 413/)
    expect(socket.destroyed).toBe(true)
    expect(sent).toBeLessThan(100)
  })
})
