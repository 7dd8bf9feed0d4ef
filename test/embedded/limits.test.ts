import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry, memoryStorage } from '../../src/embedded/index.ts'
import { digestOf, errorOf, image, pushBlob, pushImage, putManifest, start } from './_registry.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('sizes', () => {
  test('a manifest above the limit is refused', async () => {
    const send = start({ limits: { manifest: 500 } })
    await pushBlob(send, 'app', '{}')
    expect((await putManifest(send, 'app', 'v1', image())).status).toBe(201)
    const large = image({ annotations: { a: 'x'.repeat(500) } })
    expect(await errorOf(await putManifest(send, 'app', 'v2', large))).toBe('413 SIZE_INVALID')
  })

  test('a blob above the limit is refused, however it comes', async () => {
    const send = start({ limits: { blob: 4 } })
    await pushBlob(send, 'app', '1234')
    const digest = digestOf('12345')
    const uploads = '/v2/app/blobs/uploads/'
    const whole = await send('POST', `${uploads}?digest=${digest}`, { body: '12345' })
    expect(await errorOf(whole)).toBe('413 SIZE_INVALID')
    const location = (await send('POST', uploads)).headers.get('Location')!
    expect((await send('PATCH', location, { body: '123' })).status).toBe(202)
    expect(await errorOf(await send('PATCH', location, { body: '45' }))).toBe('413 SIZE_INVALID')
    expect((await send('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(404)
  })

  test.each([0, -1, 1.5, Number.NaN])('a limit of %s is none', (limit) => {
    for (const limits of [
      { manifest: limit },
      { blob: limit },
      { rate: { requests: limit, seconds: 1 } },
    ]) {
      expect(() => embeddedRegistry({ limits })).toThrowError(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      )
    }
  })
})

describe('rates', () => {
  test('requests above the rate get 429 and how long to wait', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const send = start({ limits: { rate: { requests: 2, seconds: 60 } } })
    expect((await send('GET', '/v2/')).status).toBe(200)
    vi.setSystemTime(10_500)
    expect((await send('GET', '/v2/')).status).toBe(200)
    const answer = await send('GET', '/v2/')
    expect(answer.headers.get('Retry-After')).toBe('50')
    expect(answer.headers.get('RateLimit-Remaining')).toBe('0;w=60')
    expect(await errorOf(answer)).toBe('429 TOOMANYREQUESTS')
    vi.setSystemTime(60_000)
    expect((await send('GET', '/v2/')).status).toBe(200)
  })

  test('preflights are not counted', async () => {
    const send = start({ limits: { rate: { requests: 1, seconds: 60 } } })
    await send('OPTIONS', '/v2/')
    expect((await send('GET', '/v2/')).status).toBe(200)
  })
})

describe('read-only', () => {
  const writes = [
    ['POST', '/v2/app/blobs/uploads/'],
    ['PUT', '/v2/app/manifests/v2'],
    ['DELETE', '/v2/app/manifests/v1'],
    ['PATCH', '/v2/app/blobs/uploads/1'],
  ] as const

  test('reads work and writes do not', async () => {
    const storage = memoryStorage()
    await pushImage(start({ storage }), 'app', 'v1')
    const send = start({ storage, readOnly: true })
    expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(200)
    expect((await send('GET', '/v2/app/tags/list')).status).toBe(200)
    for (const [method, path] of writes) {
      const answer = await send(method, path)
      expect(answer.headers.get('Allow')).toBe('GET, HEAD')
      expect(await errorOf(answer)).toBe('405 UNSUPPORTED')
    }
    expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(200)
  })

  test('as olareg, pushes are denied', async () => {
    const send = start({ readOnly: true, profile: 'olareg' })
    expect(await errorOf(await send('POST', '/v2/app/blobs/uploads/'))).toBe('403 DENIED')
    expect(await errorOf(await send('DELETE', '/v2/app/manifests/v1'))).toBe('405 UNSUPPORTED')
  })
})
