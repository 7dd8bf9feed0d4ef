import { expect, test, vi } from 'vitest'
import { type Faults, requestLog } from '../../src/embedded/index.ts'
import { embeddedRegistry } from '../../src/embedded/registry.ts'
import { serve } from '../../src/node/index.ts'
import { digestOf, pushBlob, type Send, start } from './_registry.ts'

/** A registry with a blob "content" in the repository app, whose faults begin afterwards. */
async function withBlob(faults: Faults): Promise<{ send: Send; path: string }> {
  let isOn = false
  const list = typeof faults === 'function' ? [] : faults
  const send = start({
    faults: (request) => {
      if (!isOn) return undefined
      if (typeof faults === 'function') return faults(request)
      return list.find(({ method }) => method === undefined || method === request.method)
    },
  })
  const digest = await pushBlob(send, 'app', 'content')
  isOn = true
  return { send, path: `/v2/app/blobs/${digest}` }
}

test('a status comes with its headers, its body and Retry-After, and the request does nothing', async () => {
  const send = start({
    faults: [
      {
        method: 'POST',
        answer: { status: 429, retryAfter: 7, body: 'slow', headers: { 'X-Test': 'a' } },
      },
    ],
  })
  const digest = digestOf('x')
  const answer = await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: 'x' })
  expect(answer.status).toBe(429)
  expect(answer.headers.get('Retry-After')).toBe('7')
  expect(answer.headers.get('X-Test')).toBe('a')
  expect(await answer.text()).toBe('slow')
  expect((await send('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(404)
})

test('pages can read a made-up answer', async () => {
  const send = start({ faults: [{ answer: { status: 503 } }] })
  expect((await send('GET', '/v2/')).headers.get('Access-Control-Allow-Origin')).toBe('*')
})

test('HEAD has no body, whatever is made up', async () => {
  const send = start({ faults: [{ answer: { status: 503, body: 'x' } }] })
  expect(await (await send('HEAD', '/v2/')).text()).toBe('')
})

test('method and path choose, a path as text or as a pattern', async () => {
  const send = start({
    faults: [
      { method: 'GET', path: '/v2/a/tags/list', answer: { status: 500 } },
      { path: /\/manifests\//, answer: { status: 502 } },
    ],
  })
  const statusOf = async (method: string, path: string) => (await send(method, path)).status
  expect(await statusOf('GET', '/v2/a/tags/list')).toBe(500)
  expect(await statusOf('GET', '/v2/a/tags/list?n=1')).toBe(500)
  expect(await statusOf('POST', '/v2/a/tags/list')).toBe(405)
  expect(await statusOf('GET', '/v2/b/tags/list')).toBe(404)
  expect(await statusOf('DELETE', '/v2/b/manifests/v1')).toBe(502)
})

test('only the nth request that fits meets it', async () => {
  const send = start({ faults: [{ path: '/v2/', nth: 2, answer: { status: 500 } }] })
  const statuses: number[] = []
  for (let n = 0; n < 3; n += 1) {
    await send('GET', '/v2/other/tags/list')
    statuses.push((await send('GET', '/v2/')).status)
  }
  expect(statuses).toEqual([200, 500, 200])
})

test('a function decides for each request', async () => {
  const asked: string[] = []
  const send = start({
    faults: ({ method, path }) => {
      asked.push(`${method} ${path}`)
      return method === 'HEAD' ? { answer: { status: 500 } } : undefined
    },
  })
  expect((await send('GET', '/v2/?a=b')).status).toBe(200)
  expect((await send('HEAD', '/v2/')).status).toBe(500)
  expect(asked).toEqual(['GET /v2/', 'HEAD /v2/'])
})

test('a delay delays, and ends with the request', async () => {
  const send = start({ faults: [{ path: '/v2/', delay: 1000 }] })
  // Opens the storage, while there is a clock.
  await send('GET', '/nowhere')
  vi.useFakeTimers()
  try {
    const done = vi.fn()
    const answer = send('GET', '/v2/').then(done)
    await vi.advanceTimersByTimeAsync(999)
    expect(done).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await answer
    const controller = new AbortController()
    const aborted = send('GET', '/v2/', { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
  } finally {
    vi.useRealTimers()
  }
})

test('a body is cut after so many bytes', async () => {
  for (const cutAfter of [0, 3]) {
    const { send, path } = await withBlob([{ method: 'GET', cutAfter }])
    const answer = await send('GET', path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Length')).toBe('7')
    const reader = answer.body!.getReader()
    const read: number[] = []
    await expect(async () => {
      for (;;) read.push(...(await reader.read()).value!)
    }).rejects.toThrow(TypeError)
    expect(new TextDecoder().decode(new Uint8Array(read))).toBe('content'.slice(0, cutAfter))
  }
})

test('a body is wrong, and as long as it should be', async () => {
  const { send, path } = await withBlob([{ method: 'GET', corrupt: true }])
  const answer = await send('GET', path)
  expect(answer.headers.get('Docker-Content-Digest')).toBe(digestOf('content'))
  const bytes = new Uint8Array(await answer.arrayBuffer())
  expect(bytes).toHaveLength(7)
  expect(digestOf(bytes)).not.toBe(digestOf('content'))
})

test('a request is sent elsewhere', async () => {
  const { send, path } = await withBlob([{ method: 'GET', redirect: 'https://storage.test/x' }])
  const answer = await send('GET', path)
  expect(answer.status).toBe(307)
  expect(answer.headers.get('Location')).toBe('https://storage.test/x')
})

test('an upload gets a Location of another host', async () => {
  const location = 'https://elsewhere.test/upload'
  const send = start({ faults: [{ method: 'POST', location }] })
  const answer = await send('POST', '/v2/app/blobs/uploads/')
  expect(answer.status).toBe(202)
  expect(answer.headers.get('Location')).toBe(location)
})

test('a connection breaks', async () => {
  const log = requestLog()
  const registry = embeddedRegistry({ faults: [{ reject: true }], onEvent: log.onEvent })
  await expect(registry.fetch(new Request('http://registry.test/v2/'))).rejects.toThrow(TypeError)
  expect(log.events).toMatchObject([{ path: '/v2/', status: 0, bytesOut: 0 }])
})

test('served on a port, a broken connection and a cut body are just that', async () => {
  const onError = vi.fn()
  const registry = embeddedRegistry({
    faults: [
      { path: '/v2/', reject: true },
      { method: 'GET', cutAfter: 3 },
    ],
  })
  const server = await serve(registry, { onError })
  try {
    await expect(fetch(`${server.url}/v2/`)).rejects.toThrow('fetch failed')
    const digest = digestOf('content')
    const push = `${server.url}/v2/app/blobs/uploads/?digest=${digest}`
    expect((await fetch(push, { method: 'POST', body: 'content' })).status).toBe(201)
    const answer = await fetch(`${server.url}/v2/app/blobs/${digest}`)
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow('terminated')
    expect(onError).not.toHaveBeenCalled()
  } finally {
    await server.close()
  }
})
