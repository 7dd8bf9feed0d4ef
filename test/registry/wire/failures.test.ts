import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { RegistryError } from '../../../src/errors.ts'
import { hasBlob } from '../../../src/registry/blobs/blobs.ts'
import { getBlobBytes } from '../../../src/registry/blobs/get.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { findManifest, getManifest, headManifest } from '../../../src/registry/manifests.ts'
import type { RepositoryOptions } from '../../../src/registry/options.ts'
import { type Repository, repository } from '../../../src/registry/repository.ts'
import { retryAfter, translate } from '../../../src/registry/wire/failures.ts'
import { attach } from '../../../src/tasks/attach.ts'
import { empty, fakeClock, fakeRepository, json, settle, sha, thrownBy } from '../_registry.ts'

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

test('a repository that is not there is named as such', async () => {
  const { repo } = fakeRepository(() => json({ errors: [{ code: 'NAME_UNKNOWN' }] }, {}, 404))
  expect(await thrownBy(() => getManifest(repo, 'v1'))).toMatchObject({
    code: 'NOT_FOUND',
    errors: [{ code: 'NAME_UNKNOWN' }],
    message: `GET ${url} answered 404: NAME_UNKNOWN. There is no such repository: check its name, or push to it first`,
  })
})

test.each<[number, string, number | undefined]>([
  [429, 'RATE_LIMITED', 7000],
  [503, 'UNAVAILABLE', 7000],
  [502, 'UNAVAILABLE', undefined],
])('%d is %s, with how long to wait', async (status, code, retryAfter) => {
  const headers: Record<string, string> = retryAfter ? { 'retry-after': '7' } : {}
  const { repo } = fakeRepository(() => empty(status, headers), { retries: 0 })
  expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({ code, status, retryAfter })
})

describe('no answer', () => {
  /** A repository whose fetch throws this. */
  const failing = (error: unknown, name?: string) =>
    fakeRepository(() => Promise.reject(error), { retries: 0 }, name)

  test('is CONNECTION, with the innermost text and no query', async () => {
    const cause = new Error('connect ECONNREFUSED 192.0.2.1:443')
    const { repo } = failing(new TypeError('fetch failed', { cause }))
    expect(await thrownBy(() => hasBlob(repo, sha('x')))).toMatchObject({
      name: 'ConnectionError',
      code: 'CONNECTION',
      url: `https://r.test/v2/team/app/blobs/${sha('x')}`,
      message: expect.stringMatching(/got no answer: connect ECONNREFUSED 192\.0\.2\.1:443$/),
      cause: { name: 'TypeError', message: 'fetch failed' },
    })
  })

  test.each([
    new Error('Network connection lost.'),
    Object.assign(new Error('Unable to connect'), { code: 'ConnectionRefused' }),
    new (class FetchError extends Error {
      override name = 'FetchError'
    })('socket hang up'),
    new DOMException('lost', 'NetworkError'),
    // Bun's, with texts that change from version to version.
    ...[
      'ECONNREFUSED',
      'ENOTFOUND',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ].map((code) => Object.assign(new TypeError(`${code}: no luck`), { code })),
  ])(
    'is CONNECTION and repeated, whatever kind of error a runtime has for it: %s',
    async (error) => {
      fakeClock()
      const { repo, calls } = fakeRepository(() => Promise.reject(error), { retries: 3 })
      expect(await settle(thrownBy(() => hasBlob(repo, sha('x'))))).toMatchObject({
        name: 'ConnectionError',
        code: 'CONNECTION',
        message: expect.stringContaining(error.message),
        cause: error,
      })
      expect(calls).toHaveLength(4)
    },
  )

  test.each([['boom'], [undefined], [null], [{ code: 'ECONNRESET' }], [7]])(
    'is CONNECTION and repeated for what is no error: %j',
    async (thrown) => {
      fakeClock()
      const { repo, calls } = fakeRepository(() => Promise.reject(thrown), { retries: 1 })
      const error = (await settle(thrownBy(() => hasBlob(repo, sha('x'))))) as Error
      expect(error).toMatchObject({ name: 'ConnectionError', code: 'CONNECTION', cause: thrown })
      expect(error.message).toContain(`got no answer: ${thrown}`)
      expect(calls).toHaveLength(2)
    },
  )

  test.each([[undefined], [null], ['ok'], [{}], [{ status: 200 }]])(
    'is not what a fetch function gives in place of a Response, which is named: %j',
    async (answer) => {
      const { repo, calls } = fakeRepository(() => answer as never, { retries: 3 })
      const error = await thrownBy(() => hasBlob(repo, sha('x')))
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toMatch(/^"fetch" must return a Response, got /)
      expect(calls).toHaveLength(1)
    },
  )

  test('is not repeated where that could do something twice', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository(() => Promise.reject(new Error('lost')))
    expect(await settle(thrownBy(() => pushBlob(repo, 'x')))).toMatchObject({ code: 'CONNECTION' })
    expect(calls).toHaveLength(1)
  })

  test.each([
    new ReferenceError('agent is not defined'),
    new RangeError('out of range'),
    new SyntaxError('unexpected token'),
    new TypeError("Cannot read properties of undefined (reading 'dispatch')"),
    new TypeError('Invalid URL'),
    Object.assign(new TypeError('fetch() URL is invalid'), { code: 'ERR_INVALID_URL' }),
    new DOMException('no', 'DataCloneError'),
    new RegistryError({ method: 'GET', url, status: 500 }),
  ])('is not what a bug in the fetch function throws, which comes through: %s', async (error) => {
    const { repo, calls } = fakeRepository(() => Promise.reject(error), { retries: 3 })
    expect(await thrownBy(() => hasBlob(repo, sha('x')))).toBe(error)
    expect(calls).toHaveLength(1)
  })

  test('is not what a callback throws', async () => {
    for (const error of [new Error('full disk'), new TypeError('x is not a function')]) {
      const onRequest = () => {
        throw error
      }
      const { repo, calls } = fakeRepository(() => empty(200), { onRequest })
      expect(await thrownBy(() => hasBlob(repo, sha('x')))).toBe(error)
      expect(calls).toHaveLength(1)
    }
  })

  test('is TIMEOUT where the fetch function gives up by itself', async () => {
    const { repo } = failing(new DOMException('late', 'TimeoutError'))
    expect(await thrownBy(() => hasBlob(repo, sha('x')))).toMatchObject({ code: 'TIMEOUT' })
  })

  test('on a page says that it may be CORS', async () => {
    const message = async () => {
      const { repo } = failing(new TypeError('Failed to fetch'))
      return ((await thrownBy(() => hasBlob(repo, sha('x')))) as Error).message
    }
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' })
    expect(await message()).toContain('CORS')
    vi.stubGlobal('navigator', { userAgent: 'Node.js/24' })
    expect(await message()).not.toContain('CORS')
  })

  test("keeps queries out of a runtime's own text", async () => {
    const failure = new TypeError(
      `error sending request for url (${url}?_state=secret#x): see https://r.test/a?b=secret too`,
    )
    const { repo } = failing(failure)
    const { message } = (await thrownBy(() => hasBlob(repo, sha('x')))) as Error
    expect(message).not.toContain('secret')
    expect(message).toContain(`(${url}): see https://r.test/a too`)
  })
})

describe('the wrong protocol', () => {
  const refused = (name: string, cause: Error) =>
    fakeRepository(
      () => Promise.reject(new TypeError('fetch failed', { cause })),
      { retries: 0 },
      name,
    )
  const messageOf = async (repo: Repository) =>
    ((await thrownBy(() => hasBlob(repo, sha('x')))) as Error).message

  test('https to a http port says what to pass', async () => {
    const server = createServer((_, answer) => answer.end('x')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const app = repository(`127.0.0.1:${port}/app`, { plainHttp: false, retries: 0 })
    expect(await messageOf(app)).toMatch(/It does not speak https: pass plainHttp: true/)
    server.close()
  })

  test.each([
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ssl3_get_record:packet length too long'],
    ['', 'client error (Connect): received corrupt message of type InvalidContentType'],
  ])('as other runtimes word it too: %s %s', async (code, text) => {
    const { repo } = refused('r.test/app', Object.assign(new Error(text), { code }))
    expect(await messageOf(repo)).toMatch(/pass plainHttp: true/)
  })

  test('a broken certificate is none of that', async () => {
    const code = 'DEPTH_ZERO_SELF_SIGNED_CERT'
    const { repo } = refused('r.test/app', Object.assign(new Error('self-signed'), { code }))
    expect(await messageOf(repo)).not.toContain('plainHttp')
  })

  test('http to a https port that hangs up says what to pass', async () => {
    const server = createTcpServer((socket) => socket.on('data', () => socket.end()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const app = repository(`127.0.0.1:${port}/app`, { retries: 0 })
    expect(await messageOf(app)).toMatch(/If it speaks https, pass plainHttp: false/)
    server.close()
  })

  test.each([
    'Client sent an HTTP request to an HTTPS server.\n',
    '<center>The plain HTTP request was sent to HTTPS port</center>',
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
  ])('http to a https port that answers says what to pass: %s', async (body) => {
    const answer = () => new Response(body, { status: 400 })
    const { repo } = fakeRepository(answer, {}, '127.0.0.1:5000/app')
    expect(((await thrownBy(() => getManifest(repo, 'v1'))) as Error).message).toMatch(
      /It speaks https: pass plainHttp: false/,
    )
    const secure = fakeRepository(answer)
    expect(((await thrownBy(() => getManifest(secure.repo, 'v1'))) as Error).message).not.toMatch(
      /plainHttp/,
    )
  })
})

describe('the wrong protocol, where the first request is a HEAD', () => {
  const listen = async (answer: string | Buffer) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.end(answer))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  test.each([
    [
      "Go's server",
      'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
    ],
    // To a HEAD without the text, to the GET that follows with it.
    [
      'nginx',
      'HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<center>The plain HTTP request was sent to HTTPS port</center>',
    ],
    // An alert of TLS: "unexpected message".
    ['a server that answers by a TLS alert', Buffer.from([0x15, 3, 3, 0, 2, 2, 10])],
  ])('%s says what to pass', async (_, answer) => {
    const { server, host } = await listen(answer)
    const app = repository(`${host}/app`, { retries: 0 })
    const sbom = { artifactType: 'a/b', annotations: { a: 'b' } }
    const calls = [
      () => headManifest(app, 'v1'),
      () => hasBlob(app, sha('x')),
      () => attach(app, 'v1', sbom),
    ]
    for (const call of calls) {
      const { message } = (await thrownBy(call)) as Error
      expect(message).toMatch(/speaks https[:,] pass plainHttp: false to repository\(\)/)
    }
    server.close()
  })

  test('a http port that is spoken to by https says so too', async () => {
    const { server, host } = await listen('HTTP/1.1 400 Bad Request\r\n\r\n')
    const app = repository(`${host}/app`, { retries: 0, plainHttp: false })
    const { message } = (await thrownBy(() => headManifest(app, 'v1'))) as Error
    expect(message).toMatch(/does not speak https: pass plainHttp: true/)
    server.close()
  })

  test('400 to a HEAD over https names no scheme', async () => {
    const { repo } = fakeRepository(() => empty(400), { retries: 0 })
    const { message } = (await thrownBy(() => headManifest(repo, 'v1'))) as Error
    expect(message).not.toContain('plainHttp')
  })
})

describe('a body that breaks off', () => {
  const broken = (error: unknown, options: RepositoryOptions = {}) =>
    fakeRepository(
      () =>
        new Response(new ReadableStream({ pull: (stream) => stream.error(error) }), {
          headers: { 'content-type': 'application/json' },
        }),
      options,
    )

  test.each([new TypeError('terminated'), new TypeError('any text'), new Error('lost')])(
    'is CONNECTION: %s',
    async (error) => {
      const { repo } = broken(error)
      expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining(error.message),
      })
      fakeClock()
      const blob = broken(error, { retries: 1 })
      expect(await settle(thrownBy(() => getBlobBytes(blob.repo, sha('x'))))).toMatchObject({
        code: 'CONNECTION',
      })
      expect(blob.calls).toHaveLength(2)
    },
  )

  test('by a bug is that bug, and is not asked for again', async () => {
    const error = new ReferenceError('chunk is not defined')
    const { repo, calls } = broken(error)
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toBe(error)
    expect(await thrownBy(() => getBlobBytes(repo, sha('x')))).toBe(error)
    expect(calls).toHaveLength(2)
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
