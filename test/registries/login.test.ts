// Login: registries that ask for it late, by other statuses, under other names, and logins that end.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hasReferrer } from '../../src/index.ts'
import { deleteManifest, findManifest, hasBlob } from '../../src/registry/index.ts'
import { fakeClock, settle, sha } from '../registry/_registry.ts'
import { type Habit, quirky, refusal, thrownBy } from './_quirky.ts'

afterEach(() => vi.useRealTimers())

const credentials = { username: 'me', password: 'secret' }
const basic = (password: string) => `Basic ${btoa(`me:${password}`)}`
const bearer = (more = '') => ({
  'www-authenticate': `Bearer realm="https://registry.test/token",service="registry.test"${more}`,
})
const login = (status: number, headers: Record<string, string> = {}) =>
  refusal(status, 'UNAUTHORIZED', 'login', headers)

describe('a registry that refuses before it asks for a login', () => {
  /** Only `/v2/` has the challenge, as with Nexus. */
  const late =
    (status: number, code: string, challenge: string): Habit =>
    ({ path, headers }) => {
      if (headers.get('authorization')) return undefined
      return path === '/v2/'
        ? login(401, { 'www-authenticate': challenge })
        : refusal(status, code, 'no credentials')
    }

  test.each([
    [400, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'NAME_UNKNOWN'],
    [404, 'MANIFEST_UNKNOWN'],
  ])('with %d %s is asked at /v2/, once', async (status, code) => {
    const { app, push, lines } = quirky(late(status, code, 'Basic realm="r"'), { credentials })
    await push()
    for (let i = 0; i < 3; i++) expect(await findManifest(app, 'v1')).toBeDefined()
    expect(lines().filter((line) => line === 'GET /v2/')).toHaveLength(1)
    expect(lines()).toHaveLength(5)
  })

  test.each([200, 403, 404])(
    'is asked at /v2/ also where its challenge is beside %d',
    async (status) => {
      const challenge = { 'www-authenticate': 'Basic realm="zot"' }
      for (const refused of [400, 403, 404]) {
        const habit: Habit = ({ path, headers }) => {
          if (headers.get('authorization')) return undefined
          if (path === '/v2/') return new Response('{}', { status, headers: challenge })
          return refusal(refused, 'NAME_UNKNOWN', 'no credentials')
        }
        const { app, push, lines } = quirky(habit, { credentials })
        await push()
        for (let i = 0; i < 2; i++) expect(await findManifest(app, 'v1')).toBeDefined()
        expect(lines().filter((line) => line === 'GET /v2/')).toHaveLength(1)
      }
    },
  )

  test('is asked once for all that begins at the same time', async () => {
    const { app, push, lines } = quirky(late(404, 'NAME_UNKNOWN', 'Basic realm="r"'), {
      credentials,
    })
    await push()
    const all = await Promise.all([0, 1, 2, 3].map(() => findManifest(app, 'v1')))
    expect(all.every(Boolean)).toBe(true)
    expect(lines().filter((line) => line === 'GET /v2/')).toHaveLength(1)
  })

  test('is not asked where no credentials were given', async () => {
    const { app, lines } = quirky(late(404, 'NAME_UNKNOWN', 'Basic realm="r"'))
    expect(await findManifest(app, 'v1')).toBeUndefined()
    expect(lines()).toHaveLength(1)
  })

  test('means what it says where /v2/ asks for nothing', async () => {
    const source = vi.fn(async () => credentials)
    const { app, lines } = quirky(() => undefined, { credentials: source })
    expect(await findManifest(app, 'nothing')).toBeUndefined()
    expect(await findManifest(app, 'nothing')).toBeUndefined()
    expect(lines().filter((line) => line === 'GET /v2/')).toHaveLength(1)
    expect(source).not.toHaveBeenCalled()
  })

  test('is not asked for its login where the source says that it has none', async () => {
    const mayKnow = vi.fn(async () => false)
    const source = Object.assign(async () => credentials, { mayKnow })
    const { app, lines } = quirky(() => undefined, { credentials: source })
    expect(await findManifest(app, 'nothing')).toBeUndefined()
    expect(lines()).toHaveLength(1)
    expect(mayKnow).toHaveBeenCalledWith('registry.test', 'team/app')
    await findManifest(app, 'nothing')
    expect(mayKnow).toHaveBeenCalledTimes(1)
  })

  test('has no request wait for the first where there is no login', async () => {
    let waiting = 0
    let most = 0
    const habit: Habit = async () => {
      most = Math.max(most, ++waiting)
      await new Promise((resolve) => setTimeout(resolve, 20))
      waiting -= 1
      return refusal(404, 'MANIFEST_UNKNOWN')
    }
    for (const knows of [false, true]) {
      most = 0
      const mayKnow = async () => knows
      const source = Object.assign(async () => undefined, { mayKnow })
      const { app } = quirky(habit, { credentials: source })
      await Promise.all([0, 1, 2].map(() => findManifest(app, 'v1')))
      expect(most).toBe(knows ? 2 : 3)
    }
  })

  test('is an error where /v2/ could not be asked, never "there is none"', async () => {
    const habit: Habit = ({ path }) =>
      path === '/v2/' ? Promise.reject(new TypeError('fetch failed')) : refusal(404, 'NAME_UNKNOWN')
    const { app } = quirky(habit, { credentials, retries: 0 })
    expect(await thrownBy(() => findManifest(app, 'v1'))).toMatchObject({ code: 'CONNECTION' })
  })

  test('by 401 without a challenge is asked at /v2/ for how to log in with what is no password', async () => {
    const habit: Habit = ({ path, headers }) => {
      if (path === '/token') return Response.json({ access_token: 'good' })
      if (headers.get('authorization') === 'Bearer good') return undefined
      return path === '/v2/' ? login(401, bearer()) : login(401)
    }
    const { app, push } = quirky(habit, { credentials: { identityToken: 'refresh' } })
    await push()
    expect(await findManifest(app, 'v1')).toBeDefined()
  })
})

describe('credentials that end', () => {
  /** A registry whose password changes, and a source that always has the current one. */
  function rotating(refuse: () => Response) {
    let current = 'one'
    const source = vi.fn(async () => ({ username: 'me', password: current }))
    const habit: Habit = ({ headers }) => {
      const sent = headers.get('authorization')
      if (!sent) return login(401, { 'www-authenticate': 'Basic realm="ecr"' })
      return sent === basic(current) ? undefined : refuse()
    }
    const registry = quirky(habit, { credentials: source })
    const rotate = (password: string) => {
      current = password
    }
    return { ...registry, source, rotate }
  }
  const expired = 'Your authorization token has expired. Reauthenticate and try again.'

  test.each<[string, () => Response]>([
    ['403 that says so', () => refusal(403, 'DENIED', expired)],
    ['403 without a body', () => new Response(null, { status: 403 })],
    ['400 that says so', () => refusal(400, 'UNKNOWN', expired)],
    ['401', () => login(401, { 'www-authenticate': 'Basic realm="ecr"' })],
    ['401 without a challenge', () => login(401)],
  ])('are asked for again: %s', async (_, refuse) => {
    const { app, push, source, rotate } = rotating(refuse)
    await push()
    expect(await findManifest(app, 'v1')).toBeDefined()
    for (const password of ['two', 'three']) {
      rotate(password)
      const both = await Promise.all([findManifest(app, 'v1'), hasReferrer(app, 'v1')])
      expect(both[0]).toBeDefined()
    }
    expect(source).toHaveBeenCalledTimes(3)
  })

  test('are not asked for again and again because of what is not allowed', async () => {
    const source = vi.fn(async () => credentials)
    const habit: Habit = ({ method, headers }) => {
      if (!headers.get('authorization'))
        return login(401, { 'www-authenticate': 'Basic realm="r"' })
      return method === 'DELETE' ? refusal(403, 'DENIED', 'not yours') : undefined
    }
    const { app, push } = quirky(habit, { credentials: source })
    await push()
    await findManifest(app, 'v1')
    for (let i = 0; i < 5; i++) {
      expect(await thrownBy(() => deleteManifest(app, 'v1'))).toMatchObject({ code: 'AUTH_DENIED' })
      await findManifest(app, 'v1')
    }
    expect(source).toHaveBeenCalledTimes(2)
  })

  test('are asked for again where the token service refuses them', async () => {
    let current = 'one'
    const source = vi.fn(async () => ({ username: 'me', password: current }))
    let valid = 0
    const habit: Habit = ({ path, headers }) => {
      const sent = headers.get('authorization')
      if (path !== '/token') return sent === `Bearer t${valid}` ? undefined : login(401, bearer())
      return sent === basic(current) ? Response.json({ token: `t${++valid}` }) : login(401)
    }
    const { app, push } = quirky(habit, { credentials: source })
    await push()
    expect(await findManifest(app, 'v1')).toBeDefined()
    current = 'two'
    valid = 7
    expect(await findManifest(app, 'v1')).toBeDefined()
    expect(source).toHaveBeenCalledTimes(2)
  })

  test('that were never good are asked for once', async () => {
    const source = vi.fn(async () => credentials)
    const habit: Habit = () => login(401, { 'www-authenticate': 'Basic realm="r"' })
    const { app } = quirky(habit, { credentials: source })
    expect(await thrownBy(() => findManifest(app, 'v1'))).toMatchObject({ code: 'AUTH_DENIED' })
    expect(source).toHaveBeenCalledTimes(1)
  })
})

describe('a token', () => {
  test.each([
    ['400', () => refusal(400, 'DENIED', 'Your Authorization Token is invalid.')],
    ['400 without a body', () => new Response(null, { status: 400 })],
    ['403', () => refusal(403, 'DENIED', 'The token has expired')],
  ])('that has ended by %s is renewed, as with ECR', async (_, refuse) => {
    let given = 0
    let valid = ''
    const habit: Habit = ({ path, headers }) => {
      if (path === '/token') {
        valid = `t${++given}`
        return Response.json({ token: valid })
      }
      const sent = headers.get('authorization')
      if (!sent) return login(401, bearer(',scope="aws"'))
      return sent === `Bearer ${valid}` ? undefined : refuse()
    }
    const { app, push } = quirky(habit)
    await push()
    expect(await findManifest(app, 'v1')).toBeDefined()
    valid = 'none'
    expect(await findManifest(app, 'v1')).toBeDefined()
    expect(given).toBe(2)
  })

  test('is not renewed because a request is bad', async () => {
    let given = 0
    const habit: Habit = ({ method, path, headers }) => {
      if (path === '/token') return Response.json({ token: `t${++given}` })
      if (!headers.get('authorization')) return login(401, bearer())
      return method === 'HEAD' ? undefined : refusal(400, 'MANIFEST_INVALID', 'manifest invalid')
    }
    const { app } = quirky(habit)
    await hasBlob(app, sha('x'))
    expect(await thrownBy(() => findManifest(app, 'v1'))).toMatchObject({ status: 400 })
    expect(given).toBe(1)
  })

  test.each(['another token', 'the same token a second later'])(
    'that is refused when new: %s is taken',
    async (which) => {
      fakeClock()
      let given = 0
      let first: number | undefined
      const habit: Habit = ({ path, headers }) => {
        if (path === '/token')
          return Response.json({ token: which === 'another token' ? `t${++given}` : 't' })
        const sent = headers.get('authorization')
        if (sent) first ??= Date.now()
        const taken = which === 'another token' ? sent === 'Bearer t2' : Date.now() - first! >= 1000
        return sent && taken ? undefined : login(401, bearer(sent ? ',error="invalid_token"' : ''))
      }
      const { app, push } = quirky(habit)
      await push()
      expect(await settle(findManifest(app, 'v1'))).toBeDefined()
    },
  )

  test('is asked for by the name in the challenge where ours was refused, as with Artifactory', async () => {
    const asked: string[] = []
    const habit: Habit = ({ path, url, headers }) => {
      if (path === '/token') {
        const scopes = url.searchParams.getAll('scope').join(' ')
        asked.push(scopes)
        return Response.json({ token: scopes.startsWith('repository:app:') ? 'good' : 'useless' })
      }
      if (headers.get('authorization') === 'Bearer good') return undefined
      return login(401, bearer(',scope="repository:app:pull"'))
    }
    const { app, push } = quirky(habit, { credentials })
    await push()
    expect(await findManifest(app, 'v1')).toBeDefined()
    expect(asked).toEqual(['repository:team/app:pull', 'repository:app:pull'])
    // The name is remembered, with what our requests need.
    expect(await findManifest(app, 'v1', { intent: 'push' })).toBeDefined()
    expect(asked.slice(2)).toEqual(['repository:app:pull,push'])
  })

  test("is asked for by our name where the challenge has a placeholder, as with GHCR's", async () => {
    const asked: string[] = []
    const habit: Habit = ({ path, url, headers }) => {
      if (path === '/token') {
        asked.push(url.searchParams.getAll('scope').join(' '))
        return Response.json({ token: 'good' })
      }
      return headers.get('authorization')
        ? undefined
        : login(401, bearer(',scope="repository:user/image:pull"'))
    }
    const { app, push } = quirky(habit)
    await push()
    await findManifest(app, 'v1')
    expect(asked).toEqual(['repository:team/app:pull'])
  })
})

describe('a token service', () => {
  const answering = (...answers: Response[]) => {
    const times: number[] = []
    const habit: Habit = ({ path, headers }) => {
      if (path === '/token') {
        times.push(Date.now())
        return answers.shift() ?? Response.json({ token: 't' })
      }
      return headers.get('authorization') ? undefined : login(401, bearer())
    }
    return { ...quirky(habit, { credentials }), times }
  }

  test.each([408, 429, 500, 502, 503, 504])('that answers %d is asked again', async (status) => {
    fakeClock()
    const empty = () => new Response(null, { status })
    const { app, push, times } = answering(empty(), empty())
    await push()
    expect(await settle(findManifest(app, 'v1'))).toBeDefined()
    expect(times).toHaveLength(3)
  })

  test.each([408, 429, 503])('that goes on with %d is told as what it is', async (status) => {
    fakeClock()
    const { app, times } = answering(
      ...Array.from({ length: 9 }, () => new Response(null, { status })),
    )
    expect(await settle(thrownBy(() => findManifest(app, 'v1')))).toMatchObject({
      name: 'RegistryError',
      status,
    })
    expect(times).toHaveLength(3)
  })

  test('is waited for as long as it asks, and not at all where that is too long', async () => {
    fakeClock()
    const busy = (seconds: string) =>
      new Response(null, { status: 429, headers: { 'retry-after': seconds } })
    const { app, push, times } = answering(busy('2'))
    await push()
    expect(await settle(findManifest(app, 'v1'))).toBeDefined()
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(2000)
    const long = answering(busy('3600'))
    expect(await settle(thrownBy(() => findManifest(long.app, 'v1')))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: 3_600_000,
    })
    expect(long.times).toHaveLength(1)
  })
})
