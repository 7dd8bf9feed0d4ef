import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { checkLogin } from '../../src/registry/index.ts'
import { recorded } from '../_wire.ts'
import { thrownBy } from './_registry.ts'

const good = { username: 'me', password: 'secret' }
const bad = { username: 'me', password: 'wrong' }
const users = [{ name: 'me', password: 'secret' }]

function registry(scheme?: 'basic' | 'bearer') {
  const { fetch } = embeddedRegistry(scheme && { auth: { scheme, users } })
  const wire = recorded(fetch)
  return { fetch: wire.fetch, lines: wire.lines }
}

describe.each(['basic', 'bearer'] as const)('a login by %s', (scheme) => {
  test('is taken or refused, before anything of a repository is asked for', async () => {
    const { fetch } = registry(scheme)
    const asked: string[] = []
    const onRequest = ({ url }: { url: string }) => void asked.push(new URL(url).pathname)
    expect(await checkLogin('registry.test', good, { fetch, onRequest })).toBe(true)
    expect(asked.filter((path) => path.startsWith('/v2/'))).toEqual(['/v2/', '/v2/'])
    const error = await thrownBy(() => checkLogin('registry.test', bad, { fetch }))
    expect(error).toMatchObject({ code: 'AUTH_DENIED' })
    expect(JSON.stringify(error)).not.toContain('wrong')
  })
})

test.each(['docker.io', 'localhost', 'registry:443', '[::1]:5000'])(
  '%s is a registry',
  async (name) => {
    const asked: string[] = []
    const fetch = async ({ url }: Request) => {
      asked.push(new URL(url).host)
      return new Response('{}')
    }
    expect(await checkLogin(name, good, { fetch, plainHttp: false })).toBe(false)
    const host = name === 'docker.io' ? 'registry-1.docker.io' : name.replace(':443', '')
    expect(asked).toEqual([host])
  },
)

test('a registry that asks nobody for a login is told from one that takes it', async () => {
  const { fetch } = registry()
  expect(await checkLogin('registry.test', bad, { fetch })).toBe(false)
})

test('a challenge beside an answer for all is answered', async () => {
  const fetch = async (request: Request) => {
    const value = request.headers.get('authorization')
    const challenge = { 'www-authenticate': 'Basic realm="r"' }
    if (value !== null && value !== `Basic ${btoa('me:secret')}`)
      return new Response(null, { status: 401, headers: challenge })
    const { pathname } = new URL(request.url)
    if (pathname === '/v2/') return new Response('{}', { headers: challenge })
    return new Response('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', { status: 404 })
  }
  expect(await checkLogin('registry.test', good, { fetch })).toBe(true)
  expect(await thrownBy(() => checkLogin('registry.test', bad, { fetch }))).toMatchObject({
    code: 'AUTH_DENIED',
  })
})

test.each([
  ['registry.test/team', good, 'registry'],
  ['https://registry.test', good, 'registry'],
  ['', good, 'registry'],
  // docker.io/myregistry/login, as references have it.
  ['myregistry', good, 'registry'],
  ['registry.test', { username: 'me' }, 'credentials.password'],
  ['registry.test', undefined, 'credentials'],
])('%j with %j is refused before any request', async (name, credentials, path) => {
  const { fetch, lines } = registry('basic')
  const error = await thrownBy(() => checkLogin(name, credentials as typeof good, { fetch }))
  expect(error).toMatchObject({ code: 'INVALID_INPUT', path })
  expect(lines()).toEqual([])
})
