// Registries that send us, or our credentials, elsewhere: token realms, redirects, uploads and next pages.
import { describe, expect, test } from 'vitest'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { listTags } from '../../src/registry/lists/tags.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { repository } from '../../src/registry/repository.ts'
import { all, empty, fakeRepository, json, thrownBy } from '../registry/_registry.ts'
import { listen } from './_server.ts'

const credentials = { username: 'user', password: 'PASSWORD' }

/** No host in the internet has one of these: IANA's special-purpose registries, multicast, what is reserved. */
const special = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.2',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '127.0.0.1.',
  'localhost',
  'LOCALHOST.',
  'app.localhost',
  '[::]',
  '[::1]',
  '[::ffff:10.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[fc00::1]',
  '[fe80::1]',
  '[ff02::1]',
  '[2001:0:7f00:1::]',
  '[2001::1]',
  '[2001:10::1]',
  '[2001:1ff::1]',
  '[2001:db8::1]',
  '[2002:7f00:1::]',
  '[3fff::1]',
]

/** Neighbours of these are hosts like any other. */
const ordinary = [
  '1.1.1.1',
  '11.0.0.1',
  '100.128.0.1',
  '172.32.0.1',
  '192.0.1.1',
  '198.20.0.1',
  '198.17.0.1',
  '223.255.255.255',
  '[2001:200::1]',
  '[2001:4860:4860::8888]',
  '[2606:4700::1111]',
  '[2a00:1450::1]',
]

describe.each(special)('a registry in the internet that sends us to %s', (host) => {
  test('by a redirect is not followed', async () => {
    const { repo, calls } = fakeRepository(() => empty(307, { location: `https://${host}/x` }))
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({ status: 307 })
    expect(calls).toHaveLength(1)
  })

  test('for a token gets none', async () => {
    const challenge = { 'www-authenticate': `Bearer realm="https://${host}/token"` }
    const { repo, calls } = fakeRepository(() => empty(401, challenge))
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({ code: 'AUTH_DENIED' })
    expect(calls.every(({ url }) => url.host === 'r.test')).toBe(true)
  })

  test('for an upload gets no byte, though the host is trusted', async () => {
    const location = `https://${host}/upload?secret=QUERY`
    const trustedHosts = [new URL(location).host]
    const { repo, calls } = fakeRepository(() => empty(202, { location }), { trustedHosts })
    const error = (await thrownBy(() => pushBlob(repo, 'x'))) as Error
    expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE' })
    expect(error.message).not.toContain('QUERY')
    expect(calls.every(({ url }) => url.host === 'r.test')).toBe(true)
  })
})

test.each(ordinary)('a redirect to %s is followed', async (host) => {
  const { repo, calls } = fakeRepository(({ url }) =>
    url.host === 'r.test' ? empty(307, { location: `https://${host}/x` }) : empty(404),
  )
  expect(await findManifest(repo, 'v1')).toBeUndefined()
  expect(calls).toHaveLength(2)
})

describe('a user name in an address', () => {
  const addresses = [
    'https://name:SECRET@r.test/x?q=SECRET',
    'https://SECRET@r.test/x',
    'https://name:SECRET@cdn.test/x?q=SECRET',
    'https://:SECRET@cdn.test/',
  ]

  test.each(addresses)('is not followed by a redirect, nor shown: %s', async (location) => {
    const { repo, calls } = fakeRepository(() => empty(307, { location }))
    const error = (await thrownBy(() => findManifest(repo, 'v1'))) as Error
    expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE' })
    expect(`${error.message}${error.stack}`).not.toContain('SECRET')
    expect(calls).toHaveLength(1)
  })

  test.each(addresses)('is no address of an upload, and is not shown: %s', async (location) => {
    const { repo, calls } = fakeRepository(() => empty(202, { location }), {
      trustedHosts: ['cdn.test'],
    })
    const error = (await thrownBy(() => pushBlob(repo, 'x'))) as Error
    expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE' })
    expect(`${error.message}${error.stack}`).not.toContain('SECRET')
    expect(calls.some(({ method }) => method === 'PUT')).toBe(false)
  })

  test.each(addresses)('is no next page, and is not shown: %s', async (address) => {
    const link = `<${address}>; rel="next"`
    const { repo, calls } = fakeRepository(() => json({ tags: ['a'] }, { link }))
    const error = (await thrownBy(() => all(listTags(repo)))) as Error
    expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE' })
    expect(error.message).not.toContain('SECRET')
    expect(calls).toHaveLength(1)
  })

  test.each(addresses)('is no token service, and is not shown: %s', async (realm) => {
    const challenge = { 'www-authenticate': `Bearer realm="${realm}"` }
    const { repo, calls } = fakeRepository(() => empty(401, challenge), { credentials })
    const error = (await thrownBy(() => findManifest(repo, 'v1'))) as Error
    expect(error).toMatchObject({ code: 'AUTH_DENIED' })
    expect(`${error.message}${error.stack}`).not.toContain('SECRET')
    expect(calls.every(({ url }) => url.host === 'r.test' && !url.username)).toBe(true)
  })
})

describe('on real sockets, credentials', () => {
  test('are dropped by a redirect to another port, and do not come back on the way', async () => {
    const seen: [string, string | undefined][] = []
    const other = await listen((request, response) => {
      seen.push(['other', request.headers.authorization])
      response.writeHead(307, { location: `http://${home.host}/v2/team/app/manifests/back` }).end()
    })
    const home = await listen((request, response) => {
      seen.push(['home', request.headers.authorization])
      if (!request.headers.authorization && !request.url!.endsWith('back')) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        return
      }
      const location = `http://${other.host}/`
      response.writeHead(request.url!.endsWith('back') ? 404 : 307, { location }).end()
    })
    await findManifest(repository(`${home.host}/team/app`, { credentials }), 'v1')
    const basic = `Basic ${btoa('user:PASSWORD')}`
    const sent = [undefined, basic, undefined, undefined]
    expect(seen.map(([, authorization]) => authorization).slice(0, 4)).toEqual(sent)
  })

  test('are not given for the challenge of another origin', async () => {
    const asked: (string | undefined)[] = []
    const other = await listen((request, response) => {
      asked.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    const home = await listen((_, response) => {
      response.writeHead(307, { location: `http://${other.host}/` }).end()
    })
    const repo = repository(`${home.host}/team/app`, { credentials })
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({ status: 401 })
    expect(new Set(asked)).toEqual(new Set([undefined]))
  })

  test('are not sent to a token service of another host', async () => {
    const asked: string[] = []
    const other = await listen((request, response) => {
      asked.push(request.url!)
      response.end('{"token":"x"}')
    })
    const home = await listen((_, response) => {
      const challenge = `Bearer realm="http://${other.host}/token"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    const repo = repository(`${home.host}/team/app`, { credentials })
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({ code: 'AUTH_DENIED' })
    expect(asked).toEqual([])
  })

  test('are not sent to trusted storage', async () => {
    const puts: (string | undefined)[] = []
    const store = await listen((request, response) => {
      puts.push(request.headers.authorization)
      request.resume().on('end', () => response.writeHead(201).end())
    })
    const home = await listen((request, response) => {
      const location = `http://${store.host}/upload`
      const known = request.headers.authorization !== undefined
      request.resume().on('end', () => {
        response
          .writeHead(known ? 202 : 401, { location, 'www-authenticate': 'Basic realm="x"' })
          .end()
      })
    })
    const trustedHosts = [store.host]
    await pushBlob(repository(`${home.host}/team/app`, { credentials, trustedHosts }), 'x')
    expect(puts).toEqual([undefined])
  })
})
