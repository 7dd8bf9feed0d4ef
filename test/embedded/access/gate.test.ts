import { afterEach, describe, expect, test, vi } from 'vitest'
import type { AuthOptions } from '../../../src/embedded/index.ts'
import { digestOf, errorOf, image, pushBlob, putManifest, type Send, start } from '../_registry.ts'

const users = [
  { name: 'admin', password: 'pass:wörd' },
  {
    name: 'dev',
    password: 'd',
    permissions: [
      { repository: 'team/*', actions: ['pull', 'push'] },
      { repository: 'app', actions: ['pull'] },
    ],
  },
] as const

const everyone = [{ repository: 'public/*', actions: ['pull'] }] as const

function basic(name: string, password: string): Record<string, string> {
  const bytes = new TextEncoder().encode(`${name}:${password}`)
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` }
}

const admin = basic('admin', 'pass:wörd')
const dev = basic('dev', 'd')

/** Requests with headers that stay the same. */
const as =
  (send: Send, headers: Record<string, string>): Send =>
  (method, path, init) =>
    send(method, path, { ...init, headers: { ...headers, ...(init?.headers as object) } })

const challengeOf = (answer: Response) => answer.headers.get('WWW-Authenticate')

afterEach(() => {
  vi.useRealTimers()
})

describe('Basic', () => {
  const open = (more: Partial<AuthOptions> = {}) =>
    start({ auth: { scheme: 'basic', users, ...more } })

  test('asks who it is, before it says what is there', async () => {
    const send = open()
    for (const [method, path] of [
      ['GET', '/v2/'],
      ['GET', '/v2/app/tags/list'],
      ['PUT', '/v2/app/manifests/v1'],
      ['DELETE', `/v2/app/blobs/${digestOf('x')}`],
    ] as const) {
      const answer = await send(method, path)
      expect(challengeOf(answer)).toBe('Basic realm="registry.test", charset="UTF-8"')
      expect(await errorOf(answer)).toBe('401 UNAUTHORIZED')
    }
  })

  test('lets in who has the password, in UTF-8 and with colons in it', async () => {
    expect((await as(open(), admin)('GET', '/v2/')).status).toBe(200)
  })

  test.each([
    basic('admin', 'wrong'),
    basic('admin', ''),
    basic('nobody', 'd'),
    basic('', ''),
    { Authorization: 'Basic !' },
    { Authorization: 'Bearer d' },
    { Authorization: 'nonsense' },
  ])('asks again for %j', async (headers) => {
    for (const path of ['/v2/', '/v2/public/app/tags/list']) {
      const answer = await as(open({ anonymous: [] }), headers)('GET', path)
      expect(await errorOf(answer)).toBe('401 UNAUTHORIZED')
    }
  })

  test('denies a user what the user may not do', async () => {
    const send = as(open(), dev)
    expect((await send('POST', '/v2/team/app/blobs/uploads/')).status).toBe(202)
    expect(await errorOf(await send('POST', '/v2/app/blobs/uploads/'))).toBe('403 DENIED')
    expect(await errorOf(await send('GET', '/v2/team/tags/list'))).toBe('403 DENIED')
    expect(await errorOf(await send('DELETE', '/v2/team/app/manifests/v1'))).toBe('403 DENIED')
    expect(await errorOf(await send('GET', '/v2/app/tags/list'))).toBe('404 NAME_UNKNOWN')
  })

  test('lets everybody pull where the options say so, and asks them for all else', async () => {
    const send = open({ anonymous: everyone })
    expect(await errorOf(await send('GET', '/v2/public/app/tags/list'))).toBe('404 NAME_UNKNOWN')
    expect((await send('POST', '/v2/public/app/blobs/uploads/')).status).toBe(401)
    expect((await send('GET', '/v2/app/tags/list')).status).toBe(401)
    expect((await send('GET', '/v2/')).status).toBe(401)
  })

  test('refuses a wrong password even where nobody needs one', async () => {
    const send = as(open({ anonymous: everyone }), basic('dev', 'wrong'))
    expect((await send('GET', '/v2/public/app/tags/list')).status).toBe(401)
  })

  test('has no token endpoint', async () => {
    expect((await open()('GET', '/token')).status).toBe(404)
  })
})

interface TokenAnswer {
  token: string
  access_token: string
  expires_in: number
  issued_at: string
  scope: string
  refresh_token?: string
}

async function tokenOf(answer: Response): Promise<TokenAnswer> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as TokenAnswer
}

describe('Bearer', () => {
  const open = (more: Partial<AuthOptions> = {}) =>
    start({ auth: { scheme: 'bearer', users, anonymous: everyone, ...more } })

  const ask = async (send: Send, scope: string, headers: Record<string, string> = {}) =>
    tokenOf(await as(send, headers)('GET', `/token?service=registry.test${scope}`))

  async function withToken(
    send: Send,
    scope: string,
    headers?: Record<string, string>,
  ): Promise<Send> {
    const { token } = await ask(send, scope, headers)
    return as(send, { Authorization: `Bearer ${token}` })
  }

  test.each([
    ['GET', '/v2/', ''],
    ['GET', '/v2/app/manifests/v1', ',scope="repository:app:pull"'],
    ['HEAD', '/v2/a/b/manifests/v1', ',scope="repository:a/b:pull"'],
    ['PUT', '/v2/app/manifests/v1', ',scope="repository:app:pull,push"'],
    ['POST', '/v2/app/blobs/uploads/', ',scope="repository:app:pull,push"'],
    ['DELETE', '/v2/app/manifests/v1', ',scope="repository:app:delete"'],
  ])('%s %s says where a token for it is to be had', async (method, path, scope) => {
    const answer = await open()(method, path)
    expect(answer.status).toBe(401)
    expect(challengeOf(answer)).toBe(
      `Bearer realm="http://registry.test/token",service="registry.test"${scope}`,
    )
  })

  test('the realm may be another address', async () => {
    const answer = await open({ realm: 'https://auth.test/t' })('GET', '/v2/')
    expect(challengeOf(answer)).toMatch(/^Bearer realm="https:\/\/auth\.test\/t",/)
  })

  test('a token is good for what it was asked for, and no more', async () => {
    const send = open()
    const writer = await withToken(send, '&scope=repository:app:pull,push', admin)
    expect((await writer('GET', '/v2/')).status).toBe(200)
    expect((await writer('POST', '/v2/app/blobs/uploads/')).status).toBe(202)
    for (const [method, path] of [
      ['DELETE', '/v2/app/manifests/v1'],
      ['GET', '/v2/other/tags/list'],
    ] as const) {
      const answer = await writer(method, path)
      expect(challengeOf(answer)).toMatch(/,error="insufficient_scope"$/)
      expect(await errorOf(answer)).toBe('401 UNAUTHORIZED')
    }
  })

  test('several scopes are several repositories', async () => {
    const send = open()
    const scopes = '&scope=repository:a:pull&scope=repository:b:pull,push'
    const writer = await withToken(send, scopes, admin)
    expect((await writer('GET', '/v2/a/tags/list')).status).toBe(404)
    expect((await writer('POST', '/v2/b/blobs/uploads/')).status).toBe(202)
    expect((await writer('POST', '/v2/a/blobs/uploads/')).status).toBe(401)
  })

  test('a token for more than its owner may do is good for the rest, and then denied', async () => {
    const send = open()
    const token = await ask(send, '&scope=repository:app:pull,push', dev)
    expect(token.scope).toBe('repository:app:pull')
    const reader = as(send, { Authorization: `Bearer ${token.token}` })
    expect((await reader('GET', '/v2/app/tags/list')).status).toBe(404)
    const answer = await reader('POST', '/v2/app/blobs/uploads/')
    expect(challengeOf(answer)).toBeNull()
    expect(await errorOf(answer)).toBe('403 DENIED')
  })

  test('an anonymous token reads what everybody may read, and asks for a login beyond', async () => {
    const reader = await withToken(open(), '&scope=repository:public/app:pull,push')
    expect((await reader('GET', '/v2/public/app/tags/list')).status).toBe(404)
    expect((await reader('POST', '/v2/public/app/blobs/uploads/')).status).toBe(401)
  })

  test('no anonymous token is given where nothing is for everybody', async () => {
    const answer = await open({ anonymous: [] })('GET', '/token?scope=repository:app:pull')
    expect(await errorOf(answer)).toBe('401 UNAUTHORIZED')
  })

  test('a wrong password gets no token', async () => {
    const answer = await as(open(), basic('dev', 'wrong'))('GET', '/token')
    expect(challengeOf(answer)).toMatch(/^Basic /)
    expect(answer.status).toBe(401)
  })

  test('a password or an unknown token is no token', async () => {
    const send = open()
    expect((await as(send, admin)('GET', '/v2/')).status).toBe(401)
    const answer = await as(send, { Authorization: 'Bearer guessed' })('GET', '/v2/')
    expect(challengeOf(answer)).toMatch(/,error="invalid_token"$/)
  })

  test('scopes that are none, of other kinds or for unknown actions grant nothing', async () => {
    const send = open()
    const scopes = '&scope=registry:catalog:*&scope=nonsense&scope=repository:app:fly&scope='
    expect((await ask(send, scopes, admin)).scope).toBe('')
  })

  test('a token comes in both fields, says how long it is good, and ends then', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
    const send = open({ expiresIn: 10 })
    const answer = await as(send, admin)('GET', '/token?scope=repository:app:pull')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const body = await tokenOf(answer)
    expect(body).toMatchObject({ expires_in: 10, issued_at: new Date(1_000_000).toISOString() })
    expect(body.access_token).toBe(body.token)
    // Opaque: nothing for a client to read in it.
    expect(body.token).toMatch(/^[0-9a-f]{32}$/)
    const reader = as(send, { Authorization: `Bearer ${body.token}` })
    vi.setSystemTime(1_009_999)
    expect((await reader('GET', '/v2/')).status).toBe(200)
    vi.setSystemTime(1_010_000)
    expect((await reader('GET', '/v2/')).status).toBe(401)
  })

  test('a refresh token is given when asked for, and gets new tokens by POST', async () => {
    const send = open()
    expect((await ask(send, '', admin)).refresh_token).toBeUndefined()
    const { refresh_token } = await ask(send, '&offline_token=true', admin)
    const answer = await post(send, {
      grant_type: 'refresh_token',
      refresh_token: refresh_token!,
      scope: 'repository:a:pull repository:b:pull,push',
    })
    const body = await tokenOf(answer)
    expect(body.scope).toBe('repository:a:pull repository:b:pull,push')
    const writer = as(send, { Authorization: `Bearer ${body.access_token}` })
    expect((await writer('POST', '/v2/b/blobs/uploads/')).status).toBe(202)
  })

  test('a refresh token lives for 30 days after its last use', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const send = open()
    const { refresh_token } = await ask(send, '&offline_token=true', admin)
    const renew = () => post(send, { grant_type: 'refresh_token', refresh_token: refresh_token! })
    const day = 24 * 60 * 60 * 1000
    vi.setSystemTime(29 * day)
    expect((await renew()).status).toBe(200)
    vi.setSystemTime(58 * day)
    expect((await renew()).status).toBe(200)
    vi.setSystemTime(88 * day)
    expect((await renew()).status).toBe(401)
  })

  test('of refresh tokens the newest 1000 are known', async () => {
    const send = open()
    const first = await ask(send, '&offline_token=true', admin)
    const others: TokenAnswer[] = []
    for (let n = 0; n < 1000; n += 1) others.push(await ask(send, '&offline_token=true', admin))
    const renew = ({ refresh_token }: TokenAnswer) =>
      post(send, { grant_type: 'refresh_token', refresh_token: refresh_token! })
    expect((await renew(first)).status).toBe(401)
    expect((await renew(others[0]!)).status).toBe(200)
  })

  test('a token is for 100 scopes at most', async () => {
    const send = open()
    const scopes = (count: number) =>
      Array.from({ length: count }, (_, n) => `repository:a${n}:pull`)
    const get = (count: number) =>
      as(send, admin)(
        'GET',
        `/token?${new URLSearchParams(scopes(count).map((s) => ['scope', s]))}`,
      )
    expect((await tokenOf(await get(100))).scope.split(' ')).toHaveLength(100)
    const tooMany = await get(101)
    expect(tooMany.status).toBe(400)
    expect(await tooMany.json()).toMatchObject({ error: 'invalid_scope' })
  })

  test('nobody else has a refresh token', async () => {
    const send = open()
    expect((await ask(send, '&offline_token=true')).refresh_token).toBeUndefined()
    const answer = await post(send, { grant_type: 'refresh_token', refresh_token: 'guessed' })
    expect(answer.status).toBe(401)
  })

  test('a password gets a token by POST too', async () => {
    const login = { username: 'dev', password: 'd', scope: 'repository:team/app:push' }
    const body = await tokenOf(await post(open(), { grant_type: 'password', ...login }))
    expect(body.scope).toBe('repository:team/app:push')
    const wrong = await post(open(), { grant_type: 'password', ...login, password: 'x' })
    expect(wrong.status).toBe(401)
  })

  test.each(['', 'authorization_code', '__proto__'])(
    'a grant of %j is none',
    async (grant_type) => {
      const answer = await post(open(), { grant_type })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toEqual({ error: 'unsupported_grant_type' })
    },
  )

  test('the token endpoint knows GET and POST alone', async () => {
    const answer = await open()('DELETE', '/token')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, POST')
  })
})

async function post(send: Send, form: Record<string, string>): Promise<Response> {
  return send('POST', '/token', {
    body: new URLSearchParams(form).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })
}

describe('mounts', () => {
  test('take a blob only from where its reader may read', async () => {
    const send = start({ auth: { scheme: 'basic', users } })
    const digest = await pushBlob(as(send, admin), 'secret', 'x')
    await pushBlob(as(send, admin), 'app', 'x')
    const developer = as(send, dev)
    const mount = (from: string) =>
      developer('POST', `/v2/team/app/blobs/uploads/?mount=${digest}&from=${from}`)
    expect((await mount('secret')).status).toBe(202)
    expect((await developer('HEAD', `/v2/team/app/blobs/${digest}`)).status).toBe(404)
    expect((await mount('app')).status).toBe(201)
    expect((await developer('HEAD', `/v2/team/app/blobs/${digest}`)).status).toBe(200)
  })

  test('need a token for both repositories', async () => {
    const send = start({ auth: { scheme: 'bearer', users } })
    const all = '&scope=repository:a:pull,push&scope=repository:b:pull,push'
    const token = async (scope: string) => {
      const { token } = await tokenOf(await as(send, admin)('GET', `/token?${scope}`))
      return as(send, { Authorization: `Bearer ${token}` })
    }
    const digest = await pushBlob(await token(all), 'a', 'x')
    const path = `/v2/b/blobs/uploads/?mount=${digest}&from=a`
    expect((await (await token('&scope=repository:b:pull,push'))('POST', path)).status).toBe(202)
    expect((await (await token(all))('POST', path)).status).toBe(201)
  })
})

test('a preflight is answered without credentials, and a page can read the challenge', async () => {
  const send = start({ auth: { scheme: 'bearer', users } })
  for (const path of ['/v2/', '/v2/app/manifests/v1', '/token']) {
    const answer = await send('OPTIONS', path)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
  }
  const answer = await send('GET', '/v2/')
  expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('WWW-Authenticate')
})

test('with all rights, everything works as without auth', async () => {
  const send = as(start({ auth: { scheme: 'basic', users } }), admin)
  await pushBlob(send, 'app', '{}')
  expect((await putManifest(send, 'app', 'v1', image())).status).toBe(201)
  expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(200)
  expect((await send('DELETE', '/v2/app/manifests/v1')).status).toBe(202)
})
