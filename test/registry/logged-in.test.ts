import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository } from '../../src/index.ts'
import { loggedIn } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'
import { thrownBy } from './_registry.ts'

const users = [{ name: 'me', password: 'secret' }]
const credentials = { username: 'me', password: 'secret' }

async function setUp(scheme: 'basic' | 'bearer') {
  const registry = embeddedRegistry({ auth: { scheme, users } })
  await pushImage(repository('registry.test/team/app', { fetch: registry.fetch, credentials }))
  const wire = recorded(registry.fetch)
  const { fetch } = loggedIn('registry.test', { fetch: wire.fetch, credentials })
  const get = (path: string, init?: RequestInit) =>
    fetch(new Request(`https://registry.test${path}`, init))
  return { get, fetch, registry, wire }
}

describe.each(['basic', 'bearer'] as const)('by %s', (scheme) => {
  test('what is asked of a repository is answered, and the login is kept', async () => {
    const { get, wire } = await setUp(scheme)
    const answer = await get('/v2/team/app/manifests/v1')
    expect([answer.status, (await answer.json()).schemaVersion]).toEqual([200, 2])
    wire.reset()
    expect((await get('/v2/team/app/tags/list')).status).toBe(200)
    expect(wire.lines()).toHaveLength(1)
    expect((await get('/v2/')).status).toBe(200)
    expect((await get('/v2/team/app/manifests/none')).status).toBe(404)
  })

  test('what is written is, too', async () => {
    const { get } = await setUp(scheme)
    const bytes = await (await get('/v2/team/app/manifests/v1')).text()
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }
    const put = await get('/v2/team/app/manifests/v2', { method: 'PUT', headers, body: bytes })
    expect(put.status).toBe(201)
  })

  test('a login that is refused is an error, and one that comes along is sent as it is', async () => {
    const { registry, get } = await setUp(scheme)
    const { fetch: wrong } = loggedIn('registry.test', {
      fetch: registry.fetch,
      credentials: { username: 'me', password: 'wrong' },
    })
    const asked = () => wrong(new Request('https://registry.test/v2/team/app/tags/list'))
    expect(await thrownBy(asked)).toMatchObject({ code: 'AUTH_DENIED' })
    const authorization = `Basic ${btoa('me:other')}`
    expect((await get('/v2/team/app/tags/list', { headers: { authorization } })).status).toBe(401)
  })
})

test('credentials go to no other host', async () => {
  const seen: (string | null)[] = []
  const { fetch } = loggedIn('registry.test', {
    fetch: async ({ headers }) => {
      seen.push(headers.get('authorization'))
      return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } })
    },
    credentials,
  })
  expect((await fetch(new Request('https://other.test/v2/a/tags/list'))).status).toBe(401)
  expect(seen).toEqual([null])
})

test.each([
  ['docker.io', 'https://registry-1.docker.io'],
  ['app.localhost:5000', 'http://app.localhost:5000'],
  ['[::1]:5000', 'http://[::1]:5000'],
  ['registry.test', 'https://registry.test'],
])('%s is at %s', (name, origin) => {
  expect(loggedIn(name).origin).toBe(origin)
})

test('a registry that cannot be reached is an error as of all other calls', async () => {
  const { fetch } = loggedIn('127.0.0.1:2', { credentials })
  const asked = () => fetch(new Request('http://127.0.0.1:2/v2/a/tags/list'))
  expect(await thrownBy(asked)).toMatchObject({ code: 'CONNECTION' })
})

test.each(['registry.test/team', 'https://registry.test', '', 'myregistry'])(
  '%j is no registry',
  async (name) => {
    expect(await thrownBy(() => loggedIn(name))).toMatchObject({ path: 'registry' })
  },
)
