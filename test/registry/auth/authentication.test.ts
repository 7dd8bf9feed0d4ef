import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Credentials } from '../../../src/registry/auth/credentials.ts'
import { deleteBlob, hasBlob, mountBlob } from '../../../src/registry/blobs/blobs.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { deleteManifest } from '../../../src/registry/delete-manifest.ts'
import { findManifest, putManifest } from '../../../src/registry/manifests.ts'
import type { RepositoryOptions } from '../../../src/registry/options.ts'
import {
  type Answer,
  empty,
  fakeClock,
  fakeRepository,
  json,
  NAME,
  never,
  settle,
  sha,
  thrownBy,
  utf8,
} from '../_registry.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const digest = sha('x')
const password = { username: 'me', password: 'hunter2' } as const
const meBasic = `Basic ${btoa('me:hunter2')}`
const manifest = utf8('{"schemaVersion":2}')
const put = (repo: Parameters<typeof putManifest>[0], tag = 'v1') =>
  putManifest(repo, tag, manifest, { mediaType: 'application/json' })

interface Guard {
  /** Where tokens are given. */
  realm?: string
  /** Whole challenge, instead of one of `realm`. */
  challenge?: string | undefined
  /** Answers the token service. */
  token?: Answer
  /** Which Authorization is accepted. */
  accepts?: (authorization: string) => boolean
}

/** A registry that wants a token: `t1`, `t2`, … as its token service gives them. */
function guarded(guard: Guard = {}, options: RepositoryOptions = {}, name = NAME) {
  const { realm = 'https://r.test/token', accepts = (value) => value.startsWith('Bearer t') } =
    guard
  const challenge =
    'challenge' in guard ? guard.challenge : `Bearer realm="${realm}",service="r.test"`
  const isRealm = ({ origin, pathname }: URL) => origin + pathname === realm.split('?')[0]
  let given = 0
  const fake = fakeRepository(
    (call, count) => {
      if (isRealm(call.url)) {
        return guard.token?.(call, count) ?? json({ token: `t${++given}`, expires_in: 300 })
      }
      if (!accepts(call.authorization ?? ''))
        return empty(401, challenge === undefined ? {} : { 'www-authenticate': challenge })
      if (call.method === 'DELETE') return empty(202)
      return call.method === 'PUT' || call.method === 'POST' ? empty(201) : empty(200)
    },
    options,
    name,
  )
  const tokenCalls = () => fake.calls.filter(({ url }) => isRealm(url))
  return { ...fake, tokenCalls }
}

describe('Basic', () => {
  const basicGuard = { challenge: 'Basic realm="r"', accepts: (value: string) => value === meBasic }

  test('is sent after it was asked for, and at once from then on', async () => {
    const { repo, calls } = guarded(basicGuard, { credentials: password })
    expect(await hasBlob(repo, digest)).toBe(true)
    await put(repo)
    expect(calls.map(({ method, authorization }) => [method, authorization])).toEqual([
      ['HEAD', null],
      ['HEAD', meBasic],
      ['PUT', meBasic],
    ])
  })

  test('refused is AUTH_DENIED, after one try', async () => {
    const { repo, calls } = guarded(
      { ...basicGuard, accepts: () => false },
      { credentials: password },
    )
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'AuthError',
      code: 'AUTH_DENIED',
      realm: 'r',
      scope: 'repository:team/app:pull',
    })
    expect(calls).toHaveLength(2)
  })

  test('refused later is not sent a second time', async () => {
    let valid = true
    const { repo, calls } = guarded(
      { ...basicGuard, accepts: (value) => valid && value === meBasic },
      { credentials: password },
    )
    await hasBlob(repo, digest)
    valid = false
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({ code: 'AUTH_DENIED' })
    expect(calls).toHaveLength(3)
  })

  test('without credentials is AUTH_REQUIRED, and says where they go', async () => {
    const { repo, calls } = guarded(basicGuard)
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'AuthError',
      code: 'AUTH_REQUIRED',
      message: expect.stringMatching(/r\.test: pass "credentials" to repository\(\)/),
    })
    expect(calls).toHaveLength(1)
  })

  test('is tried where a 401 has no challenge, or none that can be read', async () => {
    for (const challenge of [undefined, 'Digest realm="r"', '???']) {
      const { repo } = guarded({ ...basicGuard, challenge }, { credentials: password })
      expect(await hasBlob(repo, digest)).toBe(true)
    }
  })

  test('is not tried with what is no password', async () => {
    const { repo, calls, lines } = guarded(
      { challenge: undefined },
      { credentials: { identityToken: 'x' } },
    )
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({ code: 'AUTH_DENIED' })
    expect(calls.map(({ authorization }) => authorization)).toEqual([null, null])
    expect(lines().at(-1)).toBe('GET /v2/')
  })
})

test('a 401 without challenge and without credentials is AUTH_REQUIRED', async () => {
  const { repo } = guarded({ challenge: undefined })
  expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
    name: 'AuthError',
    code: 'AUTH_REQUIRED',
  })
})

test('a registry that wants nothing is sent nothing, and no credentials are looked up', async () => {
  const source = vi.fn(async () => password)
  const { repo, calls } = fakeRepository(() => empty(200), { credentials: source })
  await hasBlob(repo, digest)
  expect(calls.map(({ authorization }) => authorization)).toEqual([null])
  expect(source).not.toHaveBeenCalled()
})

describe('Bearer', () => {
  test('asks the realm for service and scope, anonymously', async () => {
    const { repo, calls, tokenCalls } = guarded()
    expect(await hasBlob(repo, digest)).toBe(true)
    const [ask] = tokenCalls()
    expect(ask!.method).toBe('GET')
    expect(ask!.authorization).toBeNull()
    expect([...ask!.url.searchParams]).toEqual([
      ['service', 'r.test'],
      ['scope', 'repository:team/app:pull'],
    ])
    expect(calls.at(-1)!.authorization).toBe('Bearer t1')
  })

  test("keeps what the realm's own address asks", async () => {
    const { repo, tokenCalls } = guarded({ realm: 'https://r.test/token?tenant=a%20b' })
    await hasBlob(repo, digest)
    expect(tokenCalls()[0]!.url.search).toBe(
      '?tenant=a+b&service=r.test&scope=repository%3Ateam%2Fapp%3Apull',
    )
  })

  test('sends the password to the realm, and nowhere else', async () => {
    const { repo, calls, tokenCalls } = guarded({}, { credentials: password })
    await hasBlob(repo, digest)
    expect(tokenCalls().map(({ authorization }) => authorization)).toEqual([meBasic])
    expect(calls.filter(({ authorization }) => authorization === meBasic)).toHaveLength(1)
  })

  test.each([
    ['token', { token: 't' }],
    ['access_token', { access_token: 't' }],
    ['both', { token: 't', access_token: 'other' }],
    ['an empty token beside access_token', { token: '', access_token: 't' }],
  ])('takes %s', async (_, body) => {
    const { repo } = guarded({ token: () => json(body), accepts: (value) => value === 'Bearer t' })
    expect(await hasBlob(repo, digest)).toBe(true)
  })

  test('asks once with pull,push for all that a push needs', async () => {
    const { repo, tokenCalls } = guarded({}, { credentials: password })
    await pushBlob(repo, 'x')
    await put(repo)
    await hasBlob(repo, digest)
    await findManifest(repo, 'v1', { intent: 'push' }).catch(() => {})
    expect(tokenCalls().map(({ url }) => url.searchParams.getAll('scope'))).toEqual([
      ['repository:team/app:pull,push'],
    ])
  })

  test('asks for what a delete needs', async () => {
    const { repo, tokenCalls } = guarded()
    await deleteBlob(repo, digest)
    await deleteManifest(repo, 'v1')
    expect(tokenCalls().map(({ url }) => url.searchParams.get('scope'))).toEqual([
      'repository:team/app:delete,pull,push',
    ])
  })

  test('asks again for scopes that the token at hand does not have', async () => {
    const { repo, tokenCalls } = guarded()
    await hasBlob(repo, digest)
    await hasBlob(repo, digest)
    await put(repo)
    await hasBlob(repo, digest)
    expect(tokenCalls().map(({ url }) => url.searchParams.get('scope'))).toEqual([
      'repository:team/app:pull',
      'repository:team/app:pull,push',
    ])
  })

  test('asks for both repositories of a mount', async () => {
    const { repo, tokenCalls } = guarded()
    await mountBlob(repo, digest, 'team/base')
    expect(tokenCalls()[0]!.url.searchParams.getAll('scope')).toEqual([
      'repository:team/app:pull,push',
      'repository:team/base:pull',
    ])
  })

  test("adds what a challenge wants of this repository, not another's placeholder", async () => {
    const scope = 'repository:user/image:pull repository:team/app:delete'
    const { repo, tokenCalls } = guarded({
      challenge: `Bearer realm="https://r.test/token",scope="${scope}"`,
    })
    await hasBlob(repo, digest)
    expect(tokenCalls()[0]!.url.searchParams.getAll('scope')).toEqual([
      'repository:team/app:delete,pull',
    ])
  })

  test('is preferred where Basic is offered too', async () => {
    const { repo } = guarded(
      { challenge: 'Basic realm="r", bearer realm=https://r.test/token' },
      { credentials: password },
    )
    expect(await hasBlob(repo, digest)).toBe(true)
  })

  test('goes on with Basic where a Bearer challenge names no realm', async () => {
    const { repo } = guarded(
      { challenge: 'Bearer service="r", Basic realm="r"', accepts: (value) => value === meBasic },
      { credentials: password },
    )
    expect(await hasBlob(repo, digest)).toBe(true)
  })

  test('shares one token request between requests at the same time', async () => {
    const { repo, tokenCalls } = guarded({}, { credentials: password, concurrency: 20 })
    await Promise.all(Array.from({ length: 10 }, () => hasBlob(repo, digest)))
    expect(tokenCalls()).toHaveLength(1)
  })

  test('lets nobody wait for a token request that failed before', async () => {
    let fails = true
    const { repo, tokenCalls } = guarded({
      token: () => (fails ? empty(403) : json({ token: 't' })),
    })
    const both = [0, 1].map(() => thrownBy(() => hasBlob(repo, digest)))
    for (const error of await Promise.all(both)) expect(error).toMatchObject({ name: 'AuthError' })
    fails = false
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(tokenCalls().length).toBeLessThanOrEqual(3)
  })

  test.each([
    ['expires_in', { expires_in: 100 }, 89_000, 91_000],
    ['60 seconds without it', {}, 53_000, 55_000],
    ['60 seconds for nonsense', { expires_in: 'soon' }, 53_000, 55_000],
    ['60 seconds for a negative one', { expires_in: -5 }, 53_000, 55_000],
  ])('is used again until a tenth before it expires: %s', async (_, told, before, after) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const start = Date.now()
    const { repo, tokenCalls } = guarded({ token: () => json({ token: 't', ...told }) })
    await hasBlob(repo, digest)
    vi.setSystemTime(start + before)
    await hasBlob(repo, digest)
    expect(tokenCalls()).toHaveLength(1)
    vi.setSystemTime(start + after)
    await hasBlob(repo, digest)
    expect(tokenCalls()).toHaveLength(2)
  })

  test('that is refused is replaced once, and the request repeated once', async () => {
    let valid = 't1'
    const { repo, tokenCalls } = guarded({ accepts: (value) => value === `Bearer ${valid}` })
    await hasBlob(repo, digest)
    valid = 't2'
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(tokenCalls()).toHaveLength(2)
  })

  test('that is refused when new is replaced once more, a second later, and not for ever', async () => {
    fakeClock()
    const { repo, calls, lines } = guarded({ accepts: () => false })
    const began = Date.now()
    const error = await settle(thrownBy(() => hasBlob(repo, digest)))
    expect(error).toMatchObject({ code: 'AUTH_REQUIRED' })
    // Credentials would change nothing, as far as is known.
    expect((error as Error).message).not.toContain('pass "credentials"')
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000)
    const blob = `HEAD /v2/team/app/blobs/${digest}`
    expect(lines()).toEqual([blob, 'GET /token', blob, 'GET /token', blob])
    expect(calls.at(-1)!.authorization).toBe('Bearer t2')
  })

  test('that lacks a scope is not asked for again, and the error says what to do', async () => {
    const challenge = 'Bearer realm="https://r.test/token",service="r",error="insufficient_scope"'
    const { repo, lines } = guarded({ challenge, accepts: () => false })
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: expect.stringContaining('pass "credentials" to repository()'),
    })
    expect(lines().filter((line) => line === 'GET /token')).toHaveLength(1)
  })

  test('repeats the body of a request that was refused', async () => {
    const { repo, calls } = guarded()
    await put(repo)
    const puts = calls.filter(({ method }) => method === 'PUT')
    expect(puts.map(({ body }) => body)).toEqual(Array(2).fill('{"schemaVersion":2}'))
  })
})

describe('identity tokens', () => {
  const identity = { identityToken: 'refresh-1' }

  test('are traded by POST, and stay out of addresses', async () => {
    const { repo, tokenCalls } = guarded({}, { credentials: identity })
    await put(repo)
    const [ask] = tokenCalls()
    expect(ask!.method).toBe('POST')
    expect(ask!.url.search).toBe('')
    expect(ask!.authorization).toBeNull()
    expect(ask!.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(ask!.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: 'ocilink',
      service: 'r.test',
      scope: 'repository:team/app:pull,push',
    })
  })

  test('are replaced by the one that comes back', async () => {
    const { repo, tokenCalls } = guarded(
      { token: () => json({ access_token: 't', refresh_token: 'refresh-2' }) },
      { credentials: identity },
    )
    await hasBlob(repo, digest)
    await put(repo)
    const tokens = tokenCalls().map(({ body }) => new URLSearchParams(body).get('refresh_token'))
    expect(tokens).toEqual(['refresh-1', 'refresh-2'])
  })

  test.each([undefined, password])(
    'are not taken from a realm that was asked otherwise: %j',
    async (credentials) => {
      const { repo, tokenCalls } = guarded(
        { token: () => json({ token: 't', refresh_token: 'theirs' }) },
        { credentials },
      )
      await hasBlob(repo, digest)
      await put(repo)
      expect(tokenCalls().map(({ method }) => method)).toEqual(['GET', 'GET'])
    },
  )
})

describe('registry tokens', () => {
  test('are sent as they are, without asking the realm', async () => {
    const { repo, calls, tokenCalls } = guarded({}, { credentials: { registryToken: 'tok-en.1' } })
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(calls.at(-1)!.authorization).toBe('Bearer tok-en.1')
    expect(tokenCalls()).toHaveLength(0)
  })

  test('refused are AUTH_DENIED', async () => {
    const { repo, calls } = guarded(
      { accepts: () => false },
      { credentials: { registryToken: 'token' } },
    )
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({ code: 'AUTH_DENIED' })
    expect(calls).toHaveLength(2)
  })

  test.each(['secret\nX-Header: 1', 'secret\u20ac', 'secret token', ''])(
    'that are no header value are not sent, and not told: %j',
    async (registryToken) => {
      const { repo, calls } = guarded({}, { credentials: { registryToken } })
      const error = await thrownBy(() => hasBlob(repo, digest))
      expect(error).toMatchObject({
        name: 'InvalidInputError',
        path: 'credentials.registryToken',
      })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret')
      expect(calls).toHaveLength(1)
    },
  )
})

describe('a credential source', () => {
  test('is asked once, with the registry as the user wrote it', async () => {
    const source = vi.fn(async () => password)
    const { repo } = guarded({}, { credentials: source })
    await Promise.all([hasBlob(repo, digest), put(repo), hasBlob(repo, digest)])
    await hasBlob(repo, digest)
    expect(source.mock.calls).toEqual([['r.test', 'team/app']])
  })

  test("is asked for docker.io where the requests go to Docker Hub's host", async () => {
    const source = vi.fn(async () => password)
    const realm = 'https://auth.docker.io/token'
    const { repo, calls, tokenCalls } = guarded({ realm }, { credentials: source }, 'alpine')
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(source.mock.calls).toEqual([['docker.io', 'library/alpine']])
    expect(calls[0]!.url.href).toBe(
      `https://registry-1.docker.io/v2/library/alpine/blobs/${digest}`,
    )
    expect(tokenCalls()[0]!.authorization).toBe(meBasic)
  })

  test('that fails is told as it is, and asked again', async () => {
    const broken = new Error('keychain is locked')
    const source = vi.fn(async (): Promise<Credentials> => password)
    source.mockRejectedValueOnce(broken)
    const { repo } = guarded({}, { credentials: source })
    expect(await thrownBy(() => hasBlob(repo, digest))).toBe(broken)
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(source).toHaveBeenCalledTimes(2)
  })

  test('that has none makes anonymous requests', async () => {
    const source = vi.fn(async () => undefined)
    const { repo, tokenCalls } = guarded({}, { credentials: source })
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(tokenCalls()[0]!.authorization).toBeNull()
    expect(source).toHaveBeenCalledTimes(1)
  })
})

describe('a realm elsewhere', () => {
  const realm = 'https://auth.test/token'

  test('gets no credentials, and the error says how to allow it', async () => {
    for (const credentials of [password, { identityToken: 'refresh' }]) {
      const { repo, tokenCalls } = guarded({ realm }, { credentials })
      expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
        name: 'AuthError',
        code: 'AUTH_DENIED',
        realm,
        message: expect.stringContaining("trustedHosts: ['auth.test']"),
      })
      expect(tokenCalls()).toHaveLength(0)
    }
  })

  test('gets them when its host is trusted', async () => {
    const { repo, tokenCalls } = guarded(
      { realm },
      { credentials: password, trustedHosts: ['auth.test'] },
    )
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(tokenCalls()[0]!.authorization).toBe(meBasic)
  })

  test('is asked anonymously without more ado', async () => {
    const { repo } = guarded({ realm })
    expect(await hasBlob(repo, digest)).toBe(true)
  })

  test.each([
    'http://r.test/token',
    'http://auth.test/token',
    'https://127.0.0.1/token',
    'https://2130706433/token',
    'https://0x7f.1/token',
    'https://localhost/token',
    'https://[::1]/token',
    'https://[::ffff:127.0.0.1]/token',
    'https://[::ffff:a9fe:a9fe]/token',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/token',
    'https://user:pass@r.test/token',
    'ftp://r.test/token',
    'file:///etc/passwd',
    'https://',
  ])('at %s gets no request, not even anonymously', async (realm) => {
    for (const credentials of [undefined, password]) {
      const asked: string[] = []
      const { repo } = fakeRepository(
        ({ url }) => {
          asked.push(url.host)
          return empty(401, { 'www-authenticate': `Bearer realm="${realm}"` })
        },
        { credentials, trustedHosts: ['127.0.0.1', 'localhost', '10.0.0.1', 'r.test'] },
      )
      expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
        name: 'AuthError',
        code: 'AUTH_DENIED',
        message: expect.stringContaining('names a token service that is not trusted'),
      })
      expect(asked).toEqual(['r.test'])
    }
  })

  test('may be on loopback, and http, for a registry that is there', async () => {
    const { repo } = guarded(
      { realm: 'http://localhost:5001/token' },
      { credentials: password, trustedHosts: ['localhost:5001'] },
      'localhost:5000/app',
    )
    expect(await hasBlob(repo, digest)).toBe(true)
  })

  test('may not lead the token request on to another host', async () => {
    const hosts: string[] = []
    const { repo } = guarded(
      {
        token: ({ url }) => {
          hosts.push(url.host)
          return empty(307, { location: 'https://evil.test/token' })
        },
      },
      { credentials: password },
    )
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'RegistryError',
      message: expect.stringContaining('https://evil.test/token, which is not followed'),
    })
    expect(hosts).toEqual(['r.test'])
  })
})

describe('an answer of the token service', () => {
  test.each<[string, Response]>([
    ['HTML', new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })],
    ['nothing', empty(200)],
    ['no object', json('token')],
    ['null', json(null)],
    ['no token', json({ expires_in: 60 })],
    ['a token that is no text', json({ token: 7 })],
    ['empty tokens', json({ token: '', access_token: '' })],
    ['a token with a line end', json({ token: 'a\nb' })],
    ['a token with spaces', json({ token: 'a b' })],
    ['a token beyond ASCII', json({ token: 'ä' })],
  ])('of %s is AUTH_DENIED', async (_, response) => {
    const { repo } = guarded({ token: () => response.clone() })
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'AuthError',
      code: 'AUTH_DENIED',
      message: expect.stringContaining('https://r.test/token answered without a token'),
    })
  })

  test('that is huge is not read to its end', async () => {
    const { repo } = guarded({ token: () => json({ token: 't'.repeat(65 * 1024) }) })
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'ContentError',
      code: 'TOO_LARGE',
      expected: 64 * 1024,
    })
  })

  test.each([400, 401, 403, 404])('with %d is AUTH_DENIED or AUTH_REQUIRED', async (status) => {
    const token = () => empty(status)
    const known = guarded({ token }, { credentials: password })
    expect(await thrownBy(() => hasBlob(known.repo, digest))).toMatchObject({
      code: 'AUTH_DENIED',
      realm: 'https://r.test/token',
      scope: 'repository:team/app:pull',
    })
    const anonymous = guarded({ token })
    expect(await thrownBy(() => hasBlob(anonymous.repo, digest))).toMatchObject({
      code: 'AUTH_REQUIRED',
    })
  })

  test.each([429, 500, 503])('with %d is no refusal', async (status) => {
    const { repo } = guarded({ token: () => empty(status) }, { credentials: password })
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'RegistryError',
      status,
      url: 'https://r.test/token',
    })
  })

  test('that never comes ends in a timeout, and is not waited for again', async () => {
    let silent = true
    const { repo } = guarded(
      { token: () => (silent ? never() : json({ token: 't' })) },
      { timeout: 40 },
    )
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'ConnectionError',
      code: 'TIMEOUT',
    })
    silent = false
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(await hasBlob(repo, digest)).toBe(true)
  })

  test('does not hold up a caller who gives up, nor end it for the others', async () => {
    let answer: (response: Response) => void = () => {}
    const { repo, tokenCalls } = guarded({
      token: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    })
    const controller = new AbortController()
    const reason = { because: 'enough' }
    const first = thrownBy(() => hasBlob(repo, digest, { signal: controller.signal }))
    const second = hasBlob(repo, digest)
    await vi.waitFor(() => expect(tokenCalls()).toHaveLength(1))
    controller.abort(reason)
    expect(await first).toBe(reason)
    answer(json({ token: 't' }))
    expect(await second).toBe(true)
    expect(tokenCalls()).toHaveLength(1)
  })
})

test('credentials and tokens are in no error, event or warning', async () => {
  fakeClock()
  const told: unknown[] = []
  const note = (event: unknown) => void told.push(event)
  const secrets = ['hunter2', btoa('me:hunter2'), 'refresh-secret', 'token-secret', 'state-secret']
  const all: Credentials[] = [
    password,
    { identityToken: 'refresh-secret' },
    { registryToken: 'token-secret' },
  ]
  const answers: Answer[] = [
    () => empty(401, { 'www-authenticate': 'Basic realm="r"' }),
    () => empty(403),
    () => empty(404, { warning: '299 - "careful"' }),
    () => Promise.reject(new TypeError('fetch failed')),
    ({ url }) =>
      Promise.reject(
        new TypeError(`error sending request for url (${url.origin}/x?_state=state-secret): reset`),
      ),
    () => empty(307, { location: 'https://user:state-secret@cdn.test/?sig=state-secret' }),
    () => empty(202, { location: 'https://evil.test/?_state=state-secret' }),
  ]
  for (const credentials of all) {
    for (const answer of answers) {
      for (const realm of ['https://r.test/token', 'https://evil.test/token']) {
        for (const token of [json({ token: 'token-secret' }), empty(401), empty(500)]) {
          const { repo } = fakeRepository(
            (call, count) => {
              if (call.url.href.startsWith(realm)) return token.clone()
              return call.authorization
                ? answer(call, count)
                : empty(401, { 'www-authenticate': `Bearer realm="${realm}"` })
            },
            { credentials, retries: 0, onRequest: note, onWarning: note, onProgress: note },
          )
          told.push(await settle(pushBlob(repo, 'x').catch((error) => error)))
          told.push(await settle(findManifest(repo, 'v1').catch((error) => error)))
        }
      }
    }
  }
  const text = told
    .map((each) =>
      each instanceof Error ? `${each.message} ${JSON.stringify(each)}` : inspect(each),
    )
    .join('\n')
  expect(text).toContain('AUTH_DENIED')
  for (const secret of secrets) expect(text).not.toContain(secret)
  // Causes are for debuggers, who print them whole.
  const whole = inspect(told, { depth: 12, maxArrayLength: 5000, breakLength: 200 })
  for (const secret of secrets.slice(0, 4)) expect(whole).not.toContain(secret)
})
