// The handlers for Mock Service Worker, in Node, over the global fetch.
import { setupServer } from 'msw/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, parseDigest, referrers, repository } from '../../src/index.ts'
import { handlers } from '../../src/msw/index.ts'
import { digestOf, IMAGE, image, pushImage, type Send } from '../embedded/_registry.ts'

const base = 'https://registry.test'
let stop: (() => void) | undefined

function listen(options?: EmbeddedRegistryOptions, address = base): Send {
  const server = setupServer(...handlers(embeddedRegistry(options), address))
  server.listen({ onUnhandledFrame: 'error' })
  stop = () => server.close()
  return (method, path, init) => fetch(`${address}${path}`, { method, ...init })
}

afterEach(() => {
  stop?.()
  vi.restoreAllMocks()
  stop = undefined
})

test('a registry is where it was said to be, with and without a slash', async () => {
  const send = listen()
  for (const path of ['/v2', '/v2/', '/v3', '/v3/']) {
    expect((await send('GET', path)).status, path).toBe(200)
  }
})

test('content goes in and comes out as it was', async () => {
  const send = listen()
  const digest = await pushImage(send, 'team/app', 'v1')
  const get = await send('GET', '/v2/team/app/manifests/v1')
  expect(get.headers.get('Content-Type')).toBe(IMAGE)
  expect(digestOf(await get.text())).toBe(digest)
  const head = await send('HEAD', `/v2/team/app/manifests/${digest}`)
  expect(head.headers.get('Content-Length')).toBe(String(image().length))
  const part = await send('GET', `/v2/team/app/blobs/${digestOf('{}')}`, {
    headers: { Range: 'bytes=1-1' },
  })
  expect([part.status, await part.text()]).toEqual([206, '}'])
})

test('chunks, deletes and preflights arrive', async () => {
  const send = listen()
  const location = (await send('POST', '/v2/app/blobs/uploads/')).headers.get('Location')!
  const headers = { 'Content-Range': '0-2' }
  expect((await send('PATCH', location, { body: 'abc', headers })).status).toBe(202)
  const digest = digestOf('abc')
  expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  expect((await send('DELETE', `/v2/app/blobs/${digest}`)).status).toBe(202)
  expect((await send('OPTIONS', '/v2/app/blobs/uploads/')).status).toBe(204)
})

test('the client attaches and lists, and logs in', async () => {
  const auth = { scheme: 'bearer', users: [{ name: 'alice', password: 'wonderland' }] } as const
  listen({ auth })
  const repo = repository('registry.test/team/app', {
    credentials: { username: 'alice', password: 'wonderland' },
  })
  const subject = { mediaType: IMAGE, digest: parseDigest(digestOf('image')), size: 5 }
  const artifact = {
    artifactType: 'application/spdx+json',
    blobs: [{ data: '{"a":1}', mediaType: 'application/spdx+json' }],
  }
  const attached = await attach(repo, subject, artifact)
  const found: string[] = []
  for await (const { digest } of referrers(repo, subject)) found.push(digest)
  expect(found).toEqual([attached.digest])
})

test('other paths and hosts are not the registry’s', async () => {
  const send = listen()
  // It tells of each.
  vi.spyOn(console, 'error').mockReturnValue()
  await expect(send('GET', '/')).rejects.toThrow()
  await expect(send('GET', '/v22/')).rejects.toThrow()
  await expect(fetch('https://other.test/v2/')).rejects.toThrow()
})

test('a broken connection is one', async () => {
  const send = listen({ faults: [{ reject: true }] })
  await expect(send('GET', '/v2/')).rejects.toThrow(new TypeError('fetch failed'))
})

describe('the base', () => {
  test('may have a port, and a slash at its end', async () => {
    const send = listen({}, 'http://127.0.0.1:5999')
    expect((await send('GET', '/v2/')).status).toBe(200)
    expect(handlers(embeddedRegistry(), `${base}/`)[0]!.info.header).toContain(`${base}/v2`)
  })

  test.each(['registry.test', 'https://registry.test/path', 'ftp://registry.test', ''])(
    'is not %j',
    (address) => {
      expect(() => handlers(embeddedRegistry(), address)).toThrowError(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      )
    },
  )
})

test('what is no registry is refused', () => {
  for (const wrong of [undefined, {}, embeddedRegistry().fetch]) {
    expect(() => handlers(wrong as never, 'https://registry.test')).toThrow(/^"registry" must be/)
  }
})
