import { describe, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { hasBlob } from '../../src/registry/blobs/blobs.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { type Repository, repository, sendsEtags, sibling } from '../../src/registry/repository.ts'
import { empty, fakeRepository, json, sha } from './_registry.ts'

const digest = sha('x')

describe('sibling()', () => {
  test('is of the same registry, with the same options', async () => {
    const { repo, calls } = fakeRepository(() => empty(200), { userAgent: 'mine/1.0' })
    const other = sibling(repo, 'team/other')
    expect(other).toMatchObject({ registry: 'r.test', name: 'team/other' })
    expect(repo.name).toBe('team/app')
    await hasBlob(other, digest)
    expect(calls[0]!.url.href).toBe(`https://r.test/v2/team/other/blobs/${digest}`)
    expect(calls[0]!.headers.get('user-agent')).toBe('mine/1.0')
  })

  test('looks credentials up once for both, and meets the challenge once', async () => {
    const credentials = vi.fn(async () => ({ username: 'me', password: 'x' }))
    const { repo, calls } = fakeRepository(
      ({ authorization }) =>
        authorization ? empty(200) : empty(401, { 'www-authenticate': 'Basic realm="r"' }),
      { credentials },
    )
    await hasBlob(repo, digest)
    await hasBlob(sibling(repo, 'other'), digest)
    expect(credentials).toHaveBeenCalledOnce()
    expect(calls).toHaveLength(3)
  })

  test('has tokens of its own scope, and uses those that are there', async () => {
    const { repo, lines } = fakeRepository(({ url, authorization }) =>
      url.pathname === '/token'
        ? json({ token: url.searchParams.get('scope'), expires_in: 300 })
        : authorization?.includes(url.pathname.slice(4, url.pathname.indexOf('/blobs')))
          ? empty(200)
          : empty(401, { 'www-authenticate': 'Bearer realm="https://r.test/token"' }),
    )
    const other = sibling(repo, 'other')
    for (const one of [repo, other, sibling(other, 'team/app'), sibling(repo, 'other')])
      await hasBlob(one, digest)
    expect(lines().filter((line) => line === 'GET /token')).toHaveLength(2)
  })

  test('begins with what the registry was seen to support, and then learns for itself', () => {
    const { repo } = fakeRepository(() => empty(200))
    repo.capabilities.referrersApi = 'supported'
    const other = sibling(repo, 'other')
    expect(other.capabilities.referrersApi).toBe('supported')
    other.capabilities.referrersApi = 'unsupported'
    expect(repo.capabilities.referrersApi).toBe('supported')
  })

  test('knows whether the registry sends ETags', async () => {
    const { repo } = fakeRepository(() => empty(200, { etag: '"x"' }))
    const other = sibling(repo, 'other')
    expect(sendsEtags(other)).toBe(false)
    await hasBlob(repo, digest)
    expect(sendsEtags(other)).toBe(true)
  })

  test('has nothing of the blobs that were seen in the other', async () => {
    const registry = embeddedRegistry()
    const app = repository('r.test/app', { fetch: registry.fetch })
    await pushBlob(app, '{}', { expectPresent: true })
    const other = sibling(app, 'other')
    const { digest } = await pushBlob(other, '{}', { expectPresent: true })
    expect(await hasBlob(other, digest)).toBe(true)
  })

  test.each(['', 'Other', 'other:v1', `other@${digest}`, '../other', 'https://r.test/other'])(
    'refuses %j',
    (name) => {
      const { repo } = fakeRepository(() => empty(200))
      expect(() => sibling(repo, name)).toThrow(
        expect.objectContaining({ name: 'InvalidInputError' }),
      )
    },
  )

  test('says which field is wrong, once', () => {
    const { repo } = fakeRepository(() => empty(200))
    expect(() => sibling(repo, 'UP')).toThrow(expect.objectContaining({ path: 'sibling.name' }))
  })

  test.each([7, undefined, null, {}])('%j is a TypeError', (name) => {
    const { repo } = fakeRepository(() => empty(200))
    expect(() => sibling(repo, name as never)).toThrow(TypeError)
  })

  test('refuses a copy', () => {
    const { repo } = fakeRepository(() => empty(200))
    expect(() => sibling({ ...repo } as never, 'other')).toThrow(/make one with repository\(\)/)
  })
})

test('a repository cannot be made by hand', () => {
  const { registry, name, capabilities } = repository('r.test/app')
  // @ts-expect-error: only repository() and sibling() make one
  const repo: Repository = { registry, name, capabilities }
  expect(() => sibling(repo, 'other')).toThrow(TypeError)
})
