import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry, memoryStorage, profiles } from '../../src/embedded/index.ts'
import { settingsOf } from '../../src/embedded/options.ts'
import {
  digestOf,
  errorOf,
  INDEX,
  image,
  index,
  pushBlob,
  pushImage,
  putManifest,
  start,
} from './_registry.ts'

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

  test('no profile is without a limit', () => {
    const infinite = Object.values(profiles).flatMap((profile) => {
      const settings = settingsOf({ profile })
      return Object.entries(settings).flatMap(([group, values]) =>
        Object.entries(values)
          .filter(([, value]) => typeof value === 'number' && !Number.isSafeInteger(value))
          .map(([name]) => `${profile.name} ${group}.${name}`),
      )
    })
    expect(infinite).toEqual([])
  })

  test('a manifest without end is refused by those who take any', async () => {
    const send = start({ profile: 'ggcr' })
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(1024 * 1024))
      },
    })
    const init = { body, duplex: 'half', headers: { 'Content-Type': 'a/b' } } as RequestInit
    const answer = await send('PUT', '/v2/app/manifests/v1', init)
    expect(answer.status).toBe(413)
    expect(sent).toBeLessThan(20)
  })

  test('memory holds what the storage says, blobs that are being pushed included', async () => {
    const storage = memoryStorage({ limit: 1000 })
    const send = start({ storage })
    const [a, b] = ['a'.repeat(600), 'b'.repeat(600)]
    const uploads = '/v2/app/blobs/uploads/'
    const location = (await send('POST', uploads)).headers.get('Location')!
    expect((await send('PATCH', location, { body: a })).status).toBe(202)
    const push = () => send('POST', `${uploads}?digest=${digestOf(b)}`, { body: b })
    expect(await errorOf(await push())).toBe('413 SIZE_INVALID')
    await send('DELETE', location)
    expect((await push()).status).toBe(201)
    // Mounted, it takes no more; it is there until nobody has it.
    const mount = `/v2/other/blobs/uploads/?mount=${digestOf(b)}&from=app`
    expect((await send('POST', mount)).status).toBe(201)
    expect((await push()).status).toBe(413)
    await send('DELETE', `/v2/app/blobs/${digestOf(b)}`)
    expect((await push()).status).toBe(413)
    await send('DELETE', `/v2/other/blobs/${digestOf(b)}`)
    expect((await push()).status).toBe(201)
    const manifest = index([], { annotations: { a: 'x'.repeat(300) } })
    const put = (text: string) => putManifest(send, 'app', 'v1', text, { 'Content-Type': INDEX })
    expect(await errorOf(await put(manifest))).toBe('413 SIZE_INVALID')
    await send('DELETE', `/v2/app/blobs/${digestOf(b)}`)
    for (let n = 0; n < 5; n += 1) expect((await put(manifest)).status).toBe(201)
    await send('DELETE', `/v2/app/manifests/${digestOf(manifest)}`)
    expect((await push()).status).toBe(201)
    expect(() => memoryStorage({ limit: 0 })).toThrow(/limit/)
  })

  test('a push sets at most 100 tags', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const tags = (count: number) =>
      new URLSearchParams(Array.from({ length: count }, (_, n) => ['tag', `t${n}`]))
    const put = (count: number) =>
      putManifest(send, 'app', `${digestOf(image())}?${tags(count)}`, image())
    expect((await put(101)).status).toBe(414)
    expect((await put(100)).status).toBe(201)
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'a limit of %s is none',
    (limit) => {
      for (const limits of [
        { manifest: limit },
        { blob: limit },
        { uploads: limit },
        { uploadIdle: limit },
        { rate: { requests: limit, seconds: 1 } },
      ]) {
        expect(() => embeddedRegistry({ limits })).toThrowError(
          expect.objectContaining({ code: 'INVALID_INPUT' }),
        )
      }
    },
  )
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
