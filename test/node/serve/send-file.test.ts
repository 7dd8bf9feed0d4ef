import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { rm, truncate } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import type { Fetch } from '../../../src/index.ts'
import { serve } from '../../../src/node/index.ts'
import { openStorage, temporaryDirectory } from '../layout/_directory.ts'

const MiB = 1024 * 1024

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Serves a directory that holds one blob of random bytes. */
async function serveBlob(size: number, around: (fetch: Fetch) => Fetch = (fetch) => fetch) {
  const directory = await temporaryDirectory()
  const storage = await openStorage(directory)
  const onError = vi.fn()
  const fetch = around(embeddedRegistry({ storage }).fetch)
  const server = await serve({ fetch }, { onError, closeTimeout: 100 })
  onTestFinished(() => server.close())
  const bytes = randomBytes(size)
  const digest = digestOf(bytes)
  const uploads = `${server.url}/v2/app/blobs/uploads/?digest=${digest}`
  const push = await globalThis.fetch(uploads, { method: 'POST', body: bytes })
  expect(push.status).toBe(201)
  const file = join(directory, 'app', 'blobs', 'sha256', digest.slice('sha256:'.length))
  return { bytes, digest, file, onError, url: `${server.url}/v2/app/blobs/${digest}` }
}

async function get(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const [answer] = (await once(httpRequest(url, { headers }).end(), 'response')) as [
    IncomingMessage,
  ]
  return answer
}

/** Asks for the same twice, without waiting for the first answer. */
function askTwice(url: string): Socket {
  const { hostname, port, pathname } = new URL(url)
  const client = connect(Number(port), hostname)
  const ask = `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n`
  client.write(`${ask}\r\n${ask}Connection: close\r\n\r\n`)
  return client
}

/** Reads piece by piece, with pauses in which all buffers on the way are full. */
async function readSlowly(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let read = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(Buffer.from(chunk))
    read += chunk.byteLength
    if (read >= MiB) {
      read -= MiB
      await sleep(10)
    }
  }
  return Buffer.concat(chunks)
}

/** How often this process has a file open. */
function timesOpen(file: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(file)
    } catch {
      return false
    }
  }).length
}

test.each([1, 64 * 1024, 64 * 1024 + 1, 256 * 1024, 256 * 1024 + 1, 9 * MiB + 7])(
  'a blob of %d bytes arrives as it is, however slowly it is read',
  async (size) => {
    const { bytes, url } = await serveBlob(size)
    const answer = await get(url)
    expect(answer.headers['content-length']).toBe(String(size))
    expect(digestOf(await readSlowly(answer))).toBe(digestOf(bytes))
  },
)

test('parts of a blob arrive as they are', async () => {
  const { bytes, url } = await serveBlob(3 * MiB)
  for (const [first, last] of [
    [0, 3 * MiB - 1],
    [1, MiB],
    [MiB - 1, 2 * MiB + 300_000],
    [3 * MiB - 70_000, 3 * MiB - 1],
  ] as const) {
    const answer = await get(url, { Range: `bytes=${first}-${last}` })
    expect(answer.statusCode).toBe(206)
    expect(digestOf(await readSlowly(answer))).toBe(digestOf(bytes.subarray(first, last + 1)))
  }
})

test('many at once, two after each other on a connection too, do not get each other’s bytes', async () => {
  const { bytes, digest, url } = await serveBlob(2 * MiB)
  const all = await Promise.all([
    ...Array.from({ length: 8 }, async () => readSlowly(await get(url))),
    askTwice(url).toArray().then(Buffer.concat),
  ])
  const both = all.pop()!
  for (const one of all) expect(digestOf(one)).toBe(digest)
  const first = both.indexOf('\r\n\r\n') + 4
  expect(digestOf(both.subarray(first, first + bytes.byteLength))).toBe(digest)
  expect(digestOf(both.subarray(-bytes.byteLength))).toBe(digest)
})

test('a blob takes two buffers, however large it is', async () => {
  const { url } = await serveBlob(8 * MiB)
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
  onTestFinished(() => allocate.mockRestore())
  await readSlowly(await get(url))
  expect(allocate.mock.calls.filter(([size]) => size === 256 * 1024)).toHaveLength(2)
})

test('a file that is cut meanwhile cuts the answer', async () => {
  const { file, onError, url } = await serveBlob(32 * MiB)
  const answer = await get(url)
  await truncate(file, 16 * MiB)
  await expect(readSlowly(answer)).rejects.toThrow('aborted')
  expect(onError.mock.calls).toEqual([[expect.objectContaining({ code: 'SIZE_MISMATCH' })]])
})

test('a file that goes before it is sent cuts the answer', async () => {
  let path = ''
  const { file, onError, url } = await serveBlob(MiB, (fetch) => async (request) => {
    const answer = await fetch(request)
    if (request.method === 'GET') await rm(path)
    return answer
  })
  path = file
  const answer = await get(url).catch((error) => error)
  if (!(answer instanceof Error)) await expect(readSlowly(answer)).rejects.toThrow('aborted')
  expect(onError.mock.calls).toEqual([[expect.objectContaining({ code: 'SIZE_MISMATCH' })]])
})

test.runIf(process.platform === 'linux')(
  'closes its file when all was sent, and when the client is gone',
  async () => {
    const { file, onError, url } = await serveBlob(32 * MiB)
    await readSlowly(await get(url))
    await vi.waitFor(() => expect(timesOpen(file)).toBe(0))
    const gone = await get(url)
    gone.on('error', () => {})
    await vi.waitFor(() => expect(timesOpen(file)).toBe(1))
    gone.destroy()
    await vi.waitFor(() => expect(timesOpen(file)).toBe(0))
    const client = askTwice(url)
    await vi.waitFor(() => expect(timesOpen(file)).toBe(2))
    client.destroy()
    await vi.waitFor(() => expect(timesOpen(file)).toBe(0))
    expect(onError).not.toHaveBeenCalled()
  },
)

test.each([
  ['hands on the body', async ({ body }: Response) => body],
  [
    'keeps all pieces of the body',
    async ({ body }: Response) => {
      const pieces: Uint8Array[] = []
      for await (const piece of body!) pieces.push(piece)
      return Buffer.concat(pieces)
    },
  ],
])('a handler that %s has its bytes', async (_, bodyOf) => {
  const { digest, url } = await serveBlob(9 * MiB, (fetch) => async (request) => {
    const answer = await fetch(request)
    if (request.method !== 'GET') return answer
    const { status, headers } = answer
    return new Response(await bodyOf(answer), { status, headers })
  })
  expect(digestOf(await readSlowly(await get(url)))).toBe(digest)
})

test('a handler that reads half of a body lets go of the file', async () => {
  const { file, url } = await serveBlob(9 * MiB, (fetch) => async (request) => {
    const answer = await fetch(request)
    if (request.method !== 'GET') return answer
    const reader = answer.body!.getReader()
    const { value } = await reader.read()
    await reader.cancel()
    return new Response(value)
  })
  expect((await readSlowly(await get(url))).byteLength).toBeGreaterThan(0)
  if (process.platform === 'linux') await vi.waitFor(() => expect(timesOpen(file)).toBe(0))
})
