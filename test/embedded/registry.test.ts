import { expect, test } from 'vitest'
import { embeddedRegistry, memoryStorage } from '../../src/embedded/index.ts'
import { digestOf, pushBlob, pushImage, start } from './_registry.ts'

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
