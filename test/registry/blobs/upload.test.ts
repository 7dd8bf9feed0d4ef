import { afterEach, describe, expect, test, vi } from 'vitest'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { checkExpected } from '../../../src/registry/blobs/upload.ts'
import { empty, fakeRepository, sha, thrownBy } from '../_registry.ts'

afterEach(() => vi.unstubAllGlobals())

const password = { username: 'me', password: 'hunter2' }

/** A registry behind Basic that sends uploads where `location` says. */
function sending(location: string | undefined, trustedHosts: string[] = [], name = 'r.test/app') {
  const fake = fakeRepository(
    ({ url, method, authorization }) => {
      if (`${name}/`.startsWith(`${url.host}/`) && !authorization)
        return empty(401, { 'www-authenticate': 'Basic realm="r"' })
      if (method === 'POST') return empty(202, location === undefined ? {} : { location })
      return empty(201)
    },
    { credentials: password, trustedHosts },
    name,
  )
  const puts = () => fake.calls.filter(({ method }) => method === 'PUT')
  return { ...fake, puts }
}

test.each([200, 201, 202, 204])(
  'an upload that is closed with %d is a blob that is kept',
  async (status) => {
    const location = '/u/1'
    const { repo } = fakeRepository(({ method }) =>
      method === 'POST' ? empty(202, { location }) : empty(status),
    )
    expect((await pushBlob(repo, 'x')).digest).toBe(sha('x'))
  },
)

describe('an upload goes where Location says', () => {
  test.each([
    ['/v2/app/blobs/uploads/1', 'https://r.test/v2/app/blobs/uploads/1'],
    ['1', 'https://r.test/v2/app/blobs/uploads/1'],
    ['https://r.test/elsewhere/1', 'https://r.test/elsewhere/1'],
    ['http://r.test/v2/app/blobs/uploads/1', 'https://r.test/v2/app/blobs/uploads/1'],
    ['http://r.test:8080/v2/app/blobs/uploads/1', 'https://r.test/v2/app/blobs/uploads/1'],
  ])('%s', async (location, address) => {
    const { repo, puts } = sending(location)
    await pushBlob(repo, 'x')
    const [put] = puts()
    expect(put!.url.origin + put!.url.pathname).toBe(address)
    expect(put!.url.searchParams.get('digest')).toBe(sha('x'))
    expect(put!.authorization).not.toBeNull()
    expect(put!.body).toBe('x')
  })

  test.each([
    '?_state=a%2Bb%3D%3D&x=1',
    '?state=%E4',
    '?flag',
    '?flag&state=x',
    '?state=a%20b',
    '?state=a~(b)*!',
    '?a=1&a=2&=',
    '?state=%7e+%2f',
    '',
  ])('with the query that it has, to which is appended alone: %s', async (query) => {
    const { repo, puts } = sending(`/u/1${query}#part`)
    await pushBlob(repo, 'x')
    const digest = `digest=${encodeURIComponent(sha('x'))}`
    expect(puts()[0]!.url.search).toBe(`${query || '?'}${query && '&'}${digest}`)
    expect(puts()[0]!.url.hash).toBe('')
  })

  test.each([
    'https://evil.test/upload/1',
    '//evil.test/upload/1',
    'https://r.test:8443/upload/1',
    'http://evil.test/upload/1',
    'https://127.0.0.1/upload/1',
    'https://r.test@evil.test/upload/1',
  ])('but not to %s, and no byte is sent there', async (location) => {
    const { repo, calls } = sending(location)
    const { host } = new URL(location, 'https://r.test')
    expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({
      name: 'RegistryError',
      method: 'POST',
      status: 202,
      message: expect.stringContaining(
        `another host, ${host}: pass it in trustedHosts to repository()`,
      ),
    })
    expect(new Set(calls.map(({ url }) => url.host))).toEqual(new Set(['r.test']))
  })

  test('to a trusted host without credentials', async () => {
    const { repo, puts } = sending('https://store.test/upload/1?sig=1', ['store.test'])
    await pushBlob(repo, 'x')
    expect(puts()).toHaveLength(1)
    expect(puts()[0]!.url.host).toBe('store.test')
    expect(puts()[0]!.authorization).toBeNull()
    expect(puts()[0]!.body).toBe('x')
  })

  test('never to a path that names another host', async () => {
    const { repo, calls } = sending('http://r.test//evil.test/upload/1')
    await pushBlob(repo, 'x')
    expect(new Set(calls.map(({ url }) => url.host))).toEqual(new Set(['r.test']))
    expect(calls.at(-1)!.url.pathname).toBe('//evil.test/upload/1')
  })

  test('and is an error where there is none', async () => {
    for (const [navigator, hint] of [
      [{ userAgent: 'Node.js/24' }, /Its Location header is missing$/],
      [
        { userAgent: 'Mozilla/5.0 (X11)' },
        /not shown to this page \(Access-Control-Expose-Headers\)$/,
      ],
    ] as const) {
      vi.stubGlobal('navigator', navigator)
      const { repo } = sending(undefined)
      expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({
        name: 'RegistryError',
        message: expect.stringMatching(hint),
      })
    }
  })

  test.each(['http://[', 'https://'])('and is an error where it is none: %s', async (location) => {
    const { repo, puts } = sending(location)
    expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({ name: 'RegistryError' })
    expect(puts()).toHaveLength(0)
  })
})

test('a trusted host that wants credentials is not given any', async () => {
  const { repo, calls } = fakeRepository(
    ({ url, method, authorization }) => {
      if (url.host === 'store.test') return empty(401, { 'www-authenticate': 'Basic realm="s"' })
      if (!authorization) return empty(401, { 'www-authenticate': 'Basic realm="r"' })
      return method === 'POST' ? empty(202, { location: 'https://store.test/1' }) : empty(201)
    },
    { credentials: password, trustedHosts: ['store.test'] },
  )
  expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({
    name: 'RegistryError',
    status: 401,
  })
  expect(calls.filter(({ url }) => url.host === 'store.test')).toHaveLength(1)
})

test('checkExpected names what is wrong, the size first', () => {
  const digest = sha('x') as never
  expect(() => checkExpected({}, digest, 1)).not.toThrow()
  expect(() => checkExpected({ digest, size: 1 }, digest, 1)).not.toThrow()
  expect(() => checkExpected({ digest: sha('y') as never, size: 2 }, digest, 1)).toThrow(
    expect.objectContaining({ code: 'SIZE_MISMATCH', expected: 2, actual: 1 }),
  )
  expect(() => checkExpected({ digest: sha('y') as never }, digest, 1)).toThrow(
    expect.objectContaining({ code: 'DIGEST_MISMATCH', expected: sha('y'), actual: digest }),
  )
  expect(() => checkExpected({ size: 0 }, digest, 1)).toThrow(/expected 0, got 1/)
})
