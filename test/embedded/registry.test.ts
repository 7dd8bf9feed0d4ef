import { expect, test } from 'vitest'
import { embeddedRegistry, memoryStorage } from '../../src/embedded/index.ts'
import { digestOf, pushBlob, pushImage, type Send, start } from './_registry.ts'

test('two registries share nothing, unless they share a storage', async () => {
  const storage = memoryStorage()
  await pushImage(start({ storage }), 'app', 'v1')
  expect((await start({ storage })('HEAD', '/v2/app/manifests/v1')).status).toBe(200)
  expect((await start()('HEAD', '/v2/app/manifests/v1')).status).toBe(404)
})

test('a registry that lists referrers knows those pushed while it did not', async () => {
  const storage = memoryStorage()
  const digest = digestOf('x')
  const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 }
  await pushImage(start({ storage, referrersApi: false }), 'app', 'sbom', { subject })
  const answer = await start({ storage })('GET', `/v2/app/referrers/${digest}`)
  expect(((await answer.json()) as { manifests: unknown[] }).manifests).toHaveLength(1)
})

test('reset forgets content, uploads, tokens and what was counted', async () => {
  const registry = embeddedRegistry({
    auth: { scheme: 'bearer', users: [{ name: 'u', password: 'p' }] },
    faults: [{ method: 'GET', path: '/v2/', nth: 2, answer: { status: 418 } }],
    limits: { uploads: 1, rate: { requests: 6, seconds: 3600 } },
  })
  const send: Send = async (method, path, init) =>
    registry.fetch(new Request(`http://registry.test${path}`, { method, ...init }))
  async function login(): Promise<Send> {
    const scope = '/token?scope=repository:app:pull,push'
    const answer = await send('GET', scope, { headers: { Authorization: `Basic ${btoa('u:p')}` } })
    const { token } = (await answer.json()) as { token: string }
    const headers = { Authorization: `Bearer ${token}` }
    return (method, path, init) => send(method, path, { ...init, headers })
  }
  const before = await login()
  const digest = await pushBlob(before, 'app', 'x')
  const location = (await before('POST', '/v2/app/blobs/uploads/')).headers.get('Location')!
  expect((await before('GET', '/v2/')).status).toBe(200)
  expect((await before('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(200)
  expect((await before('GET', location)).status).toBe(204)
  expect((await before('GET', location)).status).toBe(429)

  await registry.reset()
  expect((await before('GET', '/v2/')).status).toBe(401)
  const after = await login()
  expect((await after('GET', '/v2/')).status).toBe(418)
  expect((await after('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(404)
  expect((await after('GET', location)).status).toBe(404)
  expect((await after('POST', '/v2/app/blobs/uploads/')).status).toBe(202)
})

test('reset leaves the content of a storage that cannot be cleared', async () => {
  const { repository } = memoryStorage()
  const registry = embeddedRegistry({ storage: { repository } })
  const send: Send = async (method, path, init) =>
    registry.fetch(new Request(`http://registry.test${path}`, { method, ...init }))
  await pushImage(send, 'app', 'v1')
  await registry.reset()
  expect((await send('HEAD', '/v2/app/manifests/v1')).status).toBe(200)
})

test('fetch needs no this', async () => {
  const { fetch } = embeddedRegistry()
  expect((await fetch(new Request('http://anything.test/v2/'))).status).toBe(200)
})

test.each([0, -1, 1.5, Number.NaN])('a page size of %s is refused', (pageSize) => {
  expect(() => embeddedRegistry({ pageSize })).toThrowError(
    expect.objectContaining({ code: 'INVALID_INPUT', path: 'pageSize' }),
  )
})

test('a request that was aborted before does nothing and throws the reason', async () => {
  const send = start()
  const digest = await pushBlob(send, 'app', 'x')
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await expect(send('DELETE', `/v2/app/blobs/${digest}`, { signal })).rejects.toBe(reason)
  expect((await send('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(200)
})

test('bodies are read where Request has no body property, as in Firefox', async () => {
  const { fetch } = embeddedRegistry()
  const digest = digestOf('text')
  const url = `http://registry.test/v2/app/blobs/uploads/?digest=${digest}`
  const request = new Request(url, { method: 'POST', body: 'text' })
  Object.defineProperty(request, 'body', { value: undefined })
  expect((await fetch(request)).status).toBe(201)
})

test('chunks that are not bytes are refused as fetch refuses them', async () => {
  const body = new ReadableStream({ start: (c) => c.enqueue('text') })
  const init = { body, duplex: 'half' } as RequestInit
  const pushed = start()('POST', `/v2/app/blobs/uploads/?digest=${digestOf('text')}`, init)
  await expect(pushed).rejects.toBeInstanceOf(TypeError)
})

test('what the storage throws is not hidden', async () => {
  const broken = new Error('disk full')
  const storage = {
    repository: () => {
      throw broken
    },
  }
  await expect(start({ storage })('GET', '/v2/')).rejects.toBe(broken)
})
