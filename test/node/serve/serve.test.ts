import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { type RunningServer, type ServeOptions, serve } from '../../../src/node/serve/serve.ts'

const running: RunningServer[] = []

async function start(
  fetch: (request: Request) => Response | Promise<Response>,
  options?: ServeOptions,
): Promise<RunningServer> {
  const server = await serve({ fetch }, options)
  running.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

const MiB = 1024 * 1024

/** Sends a body of `total` bytes as fast as it is taken; `sent` counts what was handed over. */
function upload(url: string, total: number): { request: ClientRequest; sent: () => number } {
  const request = httpRequest(url, { method: 'PUT', headers: { 'Content-Length': total } })
  // Servers may cut a client that they have answered.
  request.on('error', () => {})
  const chunk = Buffer.alloc(64 * 1024, 'x')
  let sent = 0
  const push = () => {
    while (sent < total) {
      sent += chunk.byteLength
      if (!request.write(chunk)) {
        request.once('drain', push)
        return
      }
    }
    request.end()
  }
  push()
  return { request, sent: () => sent }
}

describe('serving', () => {
  test('pushes and pulls through a port that was free, on this machine only', async () => {
    const server = await start(embeddedRegistry().fetch)
    expect(server.url).toBe(`http://${server.host}`)
    expect(server.host).toMatch(/^127\.0\.0\.1:[1-9][0-9]+$/)
    const blobs = `${server.url}/v2/app/blobs`
    const digest = `sha256:${createHash('sha256').update('text').digest('hex')}`
    const push = await fetch(`${blobs}/uploads/?digest=${digest}`, { method: 'POST', body: 'text' })
    expect(push.status).toBe(201)
    expect(await (await fetch(`${blobs}/${digest}`)).text()).toBe('text')
    const head = await fetch(`${blobs}/${digest}`, { method: 'HEAD' })
    expect(head.headers.get('Content-Length')).toBe('4')
    const part = await fetch(`${blobs}/${digest}`, { headers: { Range: 'bytes=1-2' } })
    expect(part.status).toBe(206)
    expect(await part.text()).toBe('ex')
  })

  test('fails with the system’s error where the port is taken', async () => {
    const first = await start(() => new Response())
    const port = Number(new URL(first.url).port)
    await expect(serve(embeddedRegistry(), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test.runIf(process.platform === 'linux')(
    'shares a port with whoever says so too, and with nobody else',
    async () => {
      const first = await start(() => new Response('one'), { reusePort: true })
      const port = Number(new URL(first.url).port)
      await start(() => new Response('another'), { port, reusePort: true })
      const alone = serve(embeddedRegistry(), { port })
      await expect(alone).rejects.toMatchObject({ code: 'EADDRINUSE' })
      const agents = Array.from({ length: 64 }, () => new Agent())
      const texts = await Promise.all(
        agents.map(async (agent) => {
          const [answer] = await once(httpRequest(first.url, { agent }).end(), 'response')
          return Buffer.concat(await (answer as IncomingMessage).toArray()).toString()
        }),
      )
      expect(new Set(texts)).toEqual(new Set(['one', 'another']))
    },
  )

  test('lets a refused client read the answer, though it sent more than anyone wants', async () => {
    const server = await start(embeddedRegistry().fetch)
    const { request } = upload(`${server.url}/v2/app/manifests/v1`, 8 * MiB)
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    expect(String(await answer.toArray())).toContain('SIZE_INVALID')
    // The client never sends the rest; closing does not wait for it.
    const started = Date.now()
    await server.close()
    expect(Date.now() - started).toBeLessThan(2000)
  })

  test('answers 500 for what a handler throws, and tells it', async () => {
    const errors: unknown[] = []
    const failure = new Error('secret')
    const server = await start(
      () => {
        throw failure
      },
      { onError: (error) => errors.push(error) },
    )
    const answer = await fetch(server.url)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret')
    expect(errors).toEqual([failure])
  })
})

describe('streaming', () => {
  test('an upload waits for whoever reads it', async () => {
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const total = 128 * MiB
    const server = await start(async (request) => {
      await gate
      const reader = request.body!.getReader()
      let size = 0
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return new Response(String(size))
        size += value.byteLength
      }
    })
    const { request, sent } = upload(server.url, total)
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    await sleep(300)
    expect(sent()).toBeLessThan(32 * MiB)
    go()
    const [answer] = await answered
    expect(String(await answer.toArray())).toBe(String(total))
  })

  test('a download waits for whoever reads it', async () => {
    let made = 0
    const server = await start(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (made >= 128 * MiB) return controller.close()
              made += 64 * 1024
              controller.enqueue(new Uint8Array(64 * 1024))
            },
          }),
        ),
    )
    const request = httpRequest(server.url).end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    await sleep(300)
    expect(made).toBeLessThan(32 * MiB)
    let size = 0
    for await (const chunk of answer) size += (chunk as Buffer).byteLength
    expect(size).toBe(128 * MiB)
  })

  test('a client that goes away aborts the signal', async () => {
    let seen: (signal: AbortSignal) => void
    const signal = new Promise<AbortSignal>((resolve) => {
      seen = resolve
    })
    const errors: unknown[] = []
    const server = await start(
      async (request) => {
        seen(request.signal)
        await once(request.signal, 'abort')
        throw request.signal.reason
      },
      { onError: (error) => errors.push(error) },
    )
    const abort = new AbortController()
    const asked = fetch(server.url, { signal: abort.signal })
    const theirs = await signal
    abort.abort()
    await expect(asked).rejects.toThrow()
    if (!theirs.aborted) await once(theirs, 'abort')
    await sleep(10)
    expect(errors).toEqual([])
  })

  test('an upload that is cut off is kept as far as it came', async () => {
    const server = await start(embeddedRegistry().fetch)
    const open = await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: 'POST' })
    const location = new URL(open.headers.get('Location')!, server.url)
    const request = httpRequest(location, {
      method: 'PATCH',
      headers: { 'Content-Length': 1000 },
    })
    request.on('error', () => {})
    request.write('0123456789')
    const range = async () => (await fetch(location)).headers.get('Range')
    await expect.poll(range).toBe('0-9')
    request.destroy()
    const rest = await fetch(location, {
      method: 'PATCH',
      headers: { 'Content-Range': '10-14' },
      body: 'abcde',
    })
    expect(rest.status).toBe(202)
    expect(await range()).toBe('0-14')
  })
})

describe('closing', () => {
  test('lets a running request finish, and ends kept-alive connections', async () => {
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    let entered = () => {}
    const inside = new Promise<void>((resolve) => {
      entered = resolve
    })
    const server = await start(async (request) => {
      if (request.url.endsWith('/slow')) {
        entered()
        await gate
      }
      return new Response('done')
    })
    const agent = new Agent({ keepAlive: true })
    const get = async (path: string) => {
      const request = httpRequest(`${server.url}${path}`, { agent }).end()
      const [answer] = (await once(request, 'response')) as [IncomingMessage]
      return String(await answer.toArray())
    }
    await get('/fast')
    const slow = get('/slow')
    await inside
    const started = Date.now()
    const closed = server.close()
    await sleep(50)
    go()
    expect(await slow).toBe('done')
    await closed
    expect(Date.now() - started).toBeLessThan(2000)
    await expect(fetch(server.url)).rejects.toThrow()
    agent.destroy()
  })

  test('cuts what has not finished in time', async () => {
    const server = await start(() => new Promise<Response>(() => {}), { closeTimeout: 100 })
    const asked = fetch(server.url)
    const failed = expect(asked).rejects.toThrow()
    await sleep(50)
    const started = Date.now()
    await server.close()
    expect(Date.now() - started).toBeLessThan(2000)
    await failed
  })

  test('can be asked for twice', async () => {
    const server = await start(() => new Response())
    await Promise.all([server.close(), server.close()])
    await server.close()
  })
})

test('what has no fetch is refused before the port is taken', async () => {
  const { fetch } = embeddedRegistry()
  await expect(serve(fetch as never)).rejects.toThrow(/got a function: pass \{ fetch \}/)
  for (const wrong of [undefined, null, {}, { fetch: 'x' }, 'app']) {
    await expect(serve(wrong as never)).rejects.toThrow(
      /^"registry" must be an object with a "fetch"/,
    )
  }
})

test('a connection is kept for as long as it may stand still', async () => {
  // Bun fails a request that it sends on one which is closed meanwhile.
  const { url } = await start(() => new Response('ok'))
  expect((await fetch(url)).headers.get('keep-alive')).toBe('timeout=60')
})

test('answers of requests that came together are sent together', async () => {
  const waiting: ServerResponse[] = []
  let together = 0
  const server = await start((request: ServerRequest) => {
    // Those that were made before this request was even read, and are not sent.
    together = Math.max(together, waiting.filter((answer) => !answer.headersSent).length)
    waiting.push(request.runtime!.node!.res)
    return new Response('text')
  })
  const many = () => Array.from({ length: 16 }, () => answerOf(server.url))
  // How many come in one turn of the event loop is the system's to say.
  for (let round = 0; together < 2 && round < 20; round += 1) await Promise.all(many())
  expect(together).toBeGreaterThanOrEqual(2)
})

test('answers where the clock of the process is faked', async () => {
  const server = await start(() => new Response('text'))
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  expect(await answerOf(server.url)).toBe(200)
})

type ServerRequest = Request & { readonly runtime?: { readonly node?: { res: ServerResponse } } }

/** The status of an answer, by a client that needs no timers. */
function answerOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
    sent.on('error', reject).end()
  })
}
