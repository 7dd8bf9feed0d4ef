// Whatever ends a request, it leaves no temporary file, no handle and no open session behind.
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import { digestOf, start } from '../embedded/_registry.ts'
import { openStorage, temporaryDirectory } from '../node/layout/_directory.ts'

const wrong = digestOf('something else')
const uploads = '/v2/app/blobs/uploads/'

const handles = () => readdirSync('/proc/self/fd').length

interface Place {
  readonly port: number
  readonly url: string
}

/** Runs one kind of request twenty times against a directory, and looks at what is left. */
async function leavesNothing(
  options: EmbeddedRegistryOptions,
  send: (place: Place) => Promise<void>,
): Promise<void> {
  const directory = await temporaryDirectory()
  const storage = await openStorage(directory)
  // Connections that a client keeps for its next request end before the look at what is left.
  const server = await serve(embeddedRegistry({ storage, ...options }), { idleTimeout: 2000 })
  try {
    const port = Number(new URL(server.url).port)
    // What is opened once, for good, is not counted.
    await send({ port, url: server.url })
    await sleep(100)
    const before = handles()
    for (let n = 0; n < 20; n += 1) await send({ port, url: server.url })
    await vi.waitFor(
      () => {
        expect(readdirSync(join(directory, '.ocilink', 'tmp'))).toEqual([])
        expect(handles()).toBeLessThanOrEqual(before)
      },
      { timeout: 5000 },
    )
  } finally {
    await server.close()
    await storage.close()
  }
}

/** Sends the beginning of a request, and then hangs up. */
async function hangUp(port: number, head: string, bytes: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`${head}\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n`)
  await new Promise<void>((done) => socket.write(new Uint8Array(bytes), () => done()))
  await sleep(20)
  socket.destroy()
}

async function post(url: string, init: RequestInit): Promise<number> {
  // A refused body may end with the connection.
  const answer = await fetch(url, { method: 'POST', ...init }).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status ?? 0
}

test('a client that hangs up in a single POST', async () => {
  await leavesNothing({}, ({ port }) =>
    hangUp(port, `POST ${uploads}?digest=${wrong} HTTP/1.1`, 1_500_000),
  )
})

test('a single POST over the limit, of a length that is announced or not', async () => {
  await leavesNothing({ limits: { blob: 1_000_000 } }, async ({ url }) => {
    const target = `${url}${uploads}?digest=${wrong}`
    await post(target, { body: new Uint8Array(3_000_000) })
    const body = new Blob([new Uint8Array(3_000_000)]).stream()
    await post(target, { body, duplex: 'half' } as RequestInit)
  })
})

test('a single POST of other bytes than those of its digest', async () => {
  await leavesNothing({}, async ({ url }) => {
    const body = new Uint8Array(1_500_000)
    expect(await post(`${url}${uploads}?digest=${wrong}`, { body })).toBe(400)
  })
})

test('a session that is finished with another digest, or grows over the limit', async () => {
  await leavesNothing({ limits: { blob: 1_000_000 } }, async ({ url }) => {
    for (const [body, expected] of [
      [new Uint8Array(900_000), 400],
      [new Uint8Array(1_100_000), 413],
    ] as const) {
      const opened = await fetch(url + uploads, { method: 'POST' })
      await opened.arrayBuffer()
      const location = opened.headers.get('Location')
      const put = await fetch(`${url}${location}?digest=${wrong}`, { method: 'PUT', body })
      await put.arrayBuffer()
      expect(put.status).toBe(expected)
    }
  })
})

test('a download whose client hangs up', async () => {
  const content = 'x'.repeat(20_000_000)
  const digest = digestOf(content)
  await leavesNothing({}, async ({ url }) => {
    const head = await fetch(`${url}/v2/app/blobs/${digest}`, { method: 'HEAD' })
    if (head.status === 404) await post(`${url}${uploads}?digest=${digest}`, { body: content })
    const abort = new AbortController()
    const answer = await fetch(`${url}/v2/app/blobs/${digest}`, { signal: abort.signal })
    await answer.body!.getReader().read()
    abort.abort()
  })
})

test('a session holds no handle between its chunks, and is whole in the end', async () => {
  const storage = await openStorage()
  const send = start({ storage })
  const parts = ['a'.repeat(100_000), 'b'.repeat(700_000), 'c']
  const before = handles()
  const locations: string[] = []
  for (let n = 0; n < 20; n += 1) {
    const location = (await send('POST', uploads)).headers.get('Location')!
    for (const body of parts) await send('PATCH', location, { body })
    locations.push(location)
  }
  expect(handles()).toBe(before)
  const digest = digestOf(parts.join(''))
  const put = await send('PUT', `${locations[0]}?digest=${digest}`)
  expect(put.status).toBe(201)
  expect(await (await send('GET', `/v2/app/blobs/${digest}`)).text()).toBe(parts.join(''))
})
