import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeFetch } from '../../../src/node/index.ts'

interface Place {
  readonly url: string
  readonly sockets: Set<Socket>
}

async function listen(handler: RequestListener): Promise<Place> {
  const sockets = new Set<Socket>()
  const server = createServer(handler)
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

const streamOf = (...chunks: readonly string[]) =>
  new ReadableStream({
    async pull(controller) {
      const [next] = (chunks as string[]).splice(0, 1)
      if (next === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(next))
    },
  })
const streamed = (url: string, body: ReadableStream, init: RequestInit = {}) =>
  new Request(url, { method: 'POST', body, duplex: 'half', ...init } as RequestInit)

test('sends bytes with their length and a stream in chunks, and hands back status, headers and bytes', async () => {
  const { url } = await listen(async (incoming, answer) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers
    answer.writeHead(201, 'Made', [
      ['X-Two', 'a'],
      ['X-Two', 'b'],
    ] as never)
    answer.end(JSON.stringify({ body: Buffer.concat(chunks).toString(), length, encoding }))
  })
  const fetch = nodeFetch()
  const answer = await fetch(new Request(url, { method: 'PUT', body: 'hello' }))
  expect([answer.status, answer.statusText, answer.headers.get('x-two')]).toEqual([
    201,
    'Made',
    'a, b',
  ])
  expect(await answer.json()).toEqual({ body: 'hello', length: '5' })
  const chunked = await fetch(streamed(url, streamOf('a', 'b', 'c')))
  expect(await chunked.json()).toEqual({ body: 'abc', encoding: 'chunked' })
  const known = await fetch(
    streamed(url, streamOf('a', 'b'), { headers: { 'content-length': '2' } }),
  )
  expect(await known.json()).toEqual({ body: 'ab', length: '2' })
  const empty = await fetch(new Request(url, { method: 'POST', body: '' }))
  expect(await empty.json()).toEqual({ body: '', length: '0' })
})

test('a body that is whole by its length is let go', async () => {
  const { url } = await listen(
    (incoming, answer) => void incoming.resume().on('end', () => answer.end('ok')),
  )
  let cancelled = false
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('whole')),
    cancel() {
      cancelled = true
    },
  })
  const answer = await nodeFetch()(streamed(url, body, { headers: { 'content-length': '5' } }))
  expect([await answer.text(), cancelled]).toEqual(['ok', true])
})

test('a body that stands still is let go when the request ends, by whoever ends it', async () => {
  const { url } = await listen((_, answer) => void answer.writeHead(401).end('no'))
  const cancelled: string[] = []
  const stalled = (name: string, ...chunks: readonly string[]) =>
    new ReadableStream({
      async pull(controller) {
        const [next] = (chunks as string[]).splice(0, 1)
        if (next === undefined) return new Promise(() => {})
        return controller.enqueue(new TextEncoder().encode(next))
      },
      cancel: () => void cancelled.push(name),
    })
  const controller = new AbortController()
  const { signal } = controller
  const before = nodeFetch()(streamed(url, stalled('aborted'), { signal }))
  setTimeout(() => controller.abort(new Error('enough')), 20)
  await expect(before).rejects.toThrow('enough')
  const answer = await nodeFetch()(streamed(url, stalled('answered', 'a', 'b', 'c')))
  expect([answer.status, await answer.text()]).toEqual([401, 'no'])
  await expect.poll(() => cancelled).toEqual(['aborted', 'answered'])
})

describe('a length that does not fit', () => {
  const echo = () =>
    listen((incoming, answer) => {
      const text = `${incoming.method} ${incoming.url}`
      // A server that answers before it has read the body.
      answer.writeHead(200, { 'content-length': text.length }).end(text)
    })

  test.each(['GET', 'HEAD', 'POST'])(
    'is not sent where a %s has no body: the next request would be its bytes',
    async (method) => {
      const { url, sockets } = await echo()
      const fetch = nodeFetch()
      const headers = { 'content-length': '5' }
      await (await fetch(new Request(`${url}/first`, { method, headers }))).text()
      await new Promise((resolve) => setTimeout(resolve, 50))
      const next = await fetch(new Request(`${url}/next`))
      expect([await next.text(), sockets.size]).toEqual(['GET /next', 1])
    },
  )

  test.each([
    ['longer', '9'],
    ['shorter', '2'],
  ])('is an error where the body is said to be %s, and its connection ends', async (_, length) => {
    const { url } = await listen((incoming, answer) => {
      incoming.resume().on('end', () => answer.end('ok'))
    })
    const fetch = nodeFetch()
    const init = { headers: { 'content-length': length } }
    await expect(fetch(streamed(url, streamOf('abc', 'def'), init))).rejects.toThrow('fetch failed')
    expect(await (await fetch(new Request(url))).text()).toBe('ok')
  })
})

test('HEAD, 204 and 304 have no body, and the connection is kept for what follows', async () => {
  const place = await listen((incoming, answer) => {
    const status = Number(incoming.url!.slice(1))
    answer.writeHead(status, status === 200 ? { 'content-length': '5' } : {}).end()
  })
  const fetch = nodeFetch()
  for (const status of [200, 204, 304]) {
    const method = status === 200 ? 'HEAD' : 'GET'
    const answer = await fetch(new Request(`${place.url}/${status}`, { method }))
    expect([answer.status, answer.body]).toEqual([status, null])
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(place.sockets.size).toBe(1)
})

test('a redirect is an answer', async () => {
  const { url } = await listen(
    (_, answer) => void answer.writeHead(307, { location: '/elsewhere' }).end('there'),
  )
  const answer = await nodeFetch()(new Request(url))
  expect([answer.status, await answer.text()]).toEqual([307, 'there'])
})

test.each([
  ['gzip', gzipSync],
  ['X-GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
  ['other', (text: string) => text],
])('nothing is asked to be packed; what is packed by %s is unpacked', async (encoding, pack) => {
  const { url } = await listen((incoming, answer) => {
    expect(incoming.headers['accept-encoding']).toBeUndefined()
    answer.writeHead(200, { 'content-encoding': encoding })
    answer.end(incoming.url === '/broken' ? pack('text').slice(0, -2) : pack('text'))
  })
  const fetch = nodeFetch()
  expect(await (await fetch(new Request(url))).text()).toBe('text')
  const broken = await fetch(new Request(`${url}/broken`))
  if (encoding === 'other') expect(await broken.text()).toBe('te')
  else await expect(broken.text()).rejects.toThrow('terminated')
})

test('an answer before the end of a body ends the body, and its stream is let go', async () => {
  const { url } = await listen((_, answer) => void answer.writeHead(401).end('no'))
  let cancelled = false
  const endless = new ReadableStream({
    async pull(controller) {
      await new Promise(setImmediate)
      controller.enqueue(new Uint8Array(1024))
    },
    cancel() {
      cancelled = true
    },
  })
  const answer = await nodeFetch()(streamed(url, endless))
  expect([answer.status, await answer.text()]).toEqual([401, 'no'])
  await expect.poll(() => cancelled).toBe(true)
})

test('a slow reader holds the body back', async () => {
  const { url } = await listen(() => {})
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536))
    },
  })
  const controller = new AbortController()
  const answer = nodeFetch()(streamed(url, endless, { signal: controller.signal }))
  await new Promise((resolve) => setTimeout(resolve, 300))
  const after = sent
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(sent).toBe(after)
  controller.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
})

test('an aborted request rejects with the reason, before the answer and while its body is read', async () => {
  const place = await listen((incoming, answer) => {
    if (incoming.url === '/body') answer.writeHead(200).write('begin')
  })
  const early = AbortSignal.abort(new Error('early'))
  await expect(nodeFetch()(new Request(place.url, { signal: early }))).rejects.toThrow('early')
  expect(place.sockets.size).toBe(0)

  const waiting = new AbortController()
  const never = nodeFetch()(new Request(place.url, { signal: waiting.signal }))
  setTimeout(() => waiting.abort(new Error('waited')), 50)
  await expect(never).rejects.toThrow('waited')

  const reading = new AbortController()
  const answer = await nodeFetch()(new Request(`${place.url}/body`, { signal: reading.signal }))
  setTimeout(() => reading.abort(new Error('read')), 50)
  await expect(answer.text()).rejects.toThrow('read')
})

test('what cannot be reached or breaks off is a TypeError with the cause, as of the global fetch', async () => {
  const fetch = nodeFetch()
  await expect(fetch(new Request('http://127.0.0.1:1/'))).rejects.toMatchObject({
    name: 'TypeError',
    cause: { code: 'ECONNREFUSED' },
  })
  const cut = await listen((_, answer) => {
    answer.writeHead(200, { 'content-length': '10' }).write('half')
    setTimeout(() => answer.destroy(), 20)
  })
  const answer = await fetch(new Request(cut.url))
  await expect(answer.text()).rejects.toMatchObject({ name: 'TypeError', message: 'terminated' })
})

test('a connection that was closed while it was kept open is replaced, but not under a stream', async () => {
  let requests = 0
  // Answers one request of a connection, and hangs up when the next one comes.
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    let first = true
    socket.on('data', () => {
      requests += 1
      if (first) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else socket.resetAndDestroy()
      first = false
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fetch = nodeFetch()
  const ask = async (request: Request) => (await fetch(request)).text()
  expect(await ask(new Request(url))).toBe('ok')
  await new Promise(setImmediate)
  expect(await ask(new Request(url, { method: 'PUT', body: 'x' }))).toBe('ok')
  expect(requests).toBe(3)
  // However many there are.
  await Promise.all([1, 2, 3].map(() => ask(new Request(url))))
  await new Promise(setImmediate)
  expect(await ask(new Request(url))).toBe('ok')
  await new Promise(setImmediate)
  await expect(ask(streamed(url, streamOf('a', 'b', 'c')))).rejects.toThrow('fetch failed')
})

test('wrong options are refused, naming them', () => {
  expect(() => nodeFetch({ ca: 5 as never })).toThrow('"ca" must be a string')
  expect(() => nodeFetch({ insecure: 'yes' as never })).toThrow('"insecure" must be a boolean')
})
