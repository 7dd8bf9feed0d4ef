import { afterEach, describe, expect, test, vi } from 'vitest'
import { hasBlob } from '../../../src/registry/blobs/blobs.ts'
import { findManifest } from '../../../src/registry/manifests.ts'
import { retryAfter, translate } from '../../../src/registry/wire/failures.ts'
import { empty, fakeRepository, json, sha, thrownBy } from '../_registry.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const url = 'https://r.test/v2/team/app/manifests/v1'

describe('an error answer', () => {
  test("says method, address, status and the registry's own codes", async () => {
    const errors = [
      { code: 'MANIFEST_INVALID', message: 'no', detail: { a: 1 } },
      { code: 'OTHER' },
      { message: 'without code' },
      null,
      7,
    ]
    const { repo } = fakeRepository(() => json({ errors }, {}, 400))
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
      name: 'RegistryError',
      code: 'REGISTRY_RESPONSE',
      status: 400,
      method: 'GET',
      url,
      errors: [errors[0], { code: 'OTHER' }],
      message: `GET ${url} answered 400: MANIFEST_INVALID (no), OTHER`,
    })
  })

  test('is read as JSON whatever its type says', async () => {
    const { repo } = fakeRepository(
      () => new Response('{"errors":[{"code":"DENIED"}]}', { status: 400 }),
    )
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
      errors: [{ code: 'DENIED' }],
    })
  })

  test.each([
    '<html>Bad gateway</html>',
    '',
    'null',
    '[]',
    '"x"',
    '{"errors":{}}',
    '{"errors":null}',
    '{"errors":"x"}',
  ])('of another shape, %j, has no codes', async (body) => {
    for (const type of ['text/html', 'application/json']) {
      const { repo } = fakeRepository(
        () => new Response(body, { status: 400, headers: { 'content-type': type } }),
      )
      expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
        status: 400,
        errors: [],
      })
    }
  })

  test('403 is AUTH_DENIED, with the answer as its cause', async () => {
    const { repo } = fakeRepository(() => json({ errors: [{ code: 'DENIED' }] }, {}, 403))
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
      name: 'AuthError',
      code: 'AUTH_DENIED',
      cause: { name: 'RegistryError', status: 403, errors: [{ code: 'DENIED' }] },
    })
  })
})

describe('no answer', () => {
  test('is CONNECTION, with the innermost text and no query', async () => {
    const { repo } = fakeRepository(
      () =>
        Promise.reject(
          new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 192.0.2.1:443') }),
        ),
      { retries: 0 },
    )
    expect(await thrownBy(() => hasBlob(repo, sha('x')))).toMatchObject({
      name: 'ConnectionError',
      code: 'CONNECTION',
      url: `https://r.test/v2/team/app/blobs/${sha('x')}`,
      message: expect.stringMatching(/got no answer: connect ECONNREFUSED 192\.0\.2\.1:443$/),
      cause: expect.any(Error),
    })
  })

  test('on a page says that it may be CORS', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' })
    const failure = new TypeError('Failed to fetch')
    expect(translate(failure, 'GET', url)).toMatchObject({
      message: expect.stringContaining('CORS'),
    })
    vi.stubGlobal('navigator', { userAgent: 'Node.js/24' })
    expect((translate(failure, 'GET', url) as Error).message).not.toContain('CORS')
  })

  test("keeps queries out of a runtime's own text", () => {
    const failure = new TypeError(
      `error sending request for url (${url}?_state=secret#x): see https://r.test/a?b=secret too`,
    )
    const { message } = translate(failure, 'PUT', `${url}?_state=secret`) as Error
    expect(message).not.toContain('secret')
    expect(message).toContain(`(${url}): see https://r.test/a too`)
  })
})

test.each([new Error('ours'), 'text', undefined, { code: 1 }])(
  'anything else comes back as it is: %j',
  (value) => {
    expect(translate(value, 'GET', url)).toBe(value)
  },
)

test.each([
  ['5', 5000],
  ['0', 0],
  ['', 0],
  ['-5', 0],
  ['soon', 0],
  ['1.5', 0],
  ['Tue, 24 Nov 2026 06:00:30 GMT', 30_000],
  ['Tue, 24 Nov 2026 05:00:00 GMT', 0],
])('Retry-After %j is %d ms', (header, wait) => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T06:00:00Z'), toFake: ['Date'] })
  expect(retryAfter(empty(429, { 'retry-after': header }))).toBe(wait)
})

test('no Retry-After is no wait', () => {
  expect(retryAfter(empty(429))).toBe(0)
})
