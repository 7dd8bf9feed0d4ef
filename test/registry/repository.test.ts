import { afterEach, describe, expect, test, vi } from 'vitest'
import { hasBlob } from '../../src/registry/blobs/blobs.ts'
import { repository } from '../../src/registry/repository.ts'
import { empty, fakeRepository, json, sha, utf8 } from './_registry.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const digest = sha('x')
const _type = { mediaType: 'application/json' }
const _manifest = utf8('{}')

describe('repository()', () => {
  test('makes no request, and knows its parts', () => {
    const { repo, calls } = fakeRepository(() => empty(200))
    expect(repo).toMatchObject({ registry: 'r.test', name: 'team/app' })
    expect(calls).toHaveLength(0)
  })

  test.each([
    ['r.test/app', undefined, 'https://r.test'],
    ['r.test:5000/app', undefined, 'https://r.test:5000'],
    ['localhost:5000/app', undefined, 'http://localhost:5000'],
    ['127.0.0.1:5000/app', undefined, 'http://127.0.0.1:5000'],
    ['127.9.9.9/app', undefined, 'http://127.9.9.9'],
    ['[::1]:5000/app', undefined, 'http://[::1]:5000'],
    ['10.0.0.1:5000/app', undefined, 'https://10.0.0.1:5000'],
    ['r.test:5000/app', true, 'http://r.test:5000'],
    ['localhost:5000/app', false, 'https://localhost:5000'],
    ['team/app', undefined, 'https://registry-1.docker.io'],
  ])('speaks to %s (plainHttp %s) at %s', async (name, plainHttp, origin) => {
    const { repo, calls } = fakeRepository(() => empty(200), { plainHttp }, name)
    await hasBlob(repo, digest)
    expect(calls[0]!.url.origin).toBe(origin)
  })

  test.each([
    ['r.test/app:v1', 'INVALID_REFERENCE'],
    [`r.test/app@${digest}`, 'INVALID_REFERENCE'],
    ['r.test/App', 'INVALID_REFERENCE'],
    ['r.test/../x', 'INVALID_REFERENCE'],
    ['r.test:99999/app', 'INVALID_REFERENCE'],
    ['[:::]/app', 'INVALID_REFERENCE'],
    ['', 'INVALID_REFERENCE'],
    ['r.test/app:', 'INVALID_TAG'],
  ])('refuses %j', (name, code) => {
    expect(() => repository(name)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', code }),
    )
  })

  test('uses the fetch of the moment where none is given', async () => {
    const app = repository('r.test/app')
    const fetch = vi.fn(async () => empty(200))
    vi.stubGlobal('fetch', fetch)
    expect(await hasBlob(app, digest)).toBe(true)
    expect(fetch).toHaveBeenCalledOnce()
  })

  test('says who asks, to the token service too', async () => {
    for (const [userAgent, sent] of [
      [undefined, 'ocilink'],
      ['mine/1.0', 'mine/1.0'],
    ]) {
      const { repo, calls } = fakeRepository(
        ({ url, authorization }) =>
          url.pathname === '/token'
            ? json({ token: 't' })
            : authorization
              ? empty(200)
              : empty(401, { 'www-authenticate': 'Bearer realm="https://r.test/token"' }),
        { userAgent },
      )
      await hasBlob(repo, digest)
      expect(calls.map(({ headers }) => headers.get('user-agent'))).toEqual([sent, sent, sent])
    }
  })
})
