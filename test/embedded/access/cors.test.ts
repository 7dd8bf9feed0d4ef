import { describe, expect, test } from 'vitest'
import { type ProfileName, profiles } from '../../../src/embedded/index.ts'
import { digestOf, pushImage, type Send, start } from '../_registry.ts'

const lower = (list: string | null) => (list ?? '').toLowerCase().split(', ')

test('a preflight is answered before anything is looked up', async () => {
  const send = start({ deletes: false })
  for (const path of ['/v2/', '/v2/no/blobs/uploads/nonsense', '/v2/NO/manifests/v1', '/nowhere']) {
    const answer = await send('OPTIONS', path, {
      headers: { 'Access-Control-Request-Method': 'PUT' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(answer.headers.get('Access-Control-Allow-Methods')).toBe(
      'GET, HEAD, PUT, POST, PATCH, DELETE',
    )
    expect(lower(answer.headers.get('Access-Control-Allow-Headers'))).toEqual(
      expect.arrayContaining([
        'authorization',
        'accept',
        'content-type',
        'content-range',
        'range',
        'if-match',
        'if-none-match',
      ]),
    )
    expect(Number(answer.headers.get('Access-Control-Max-Age'))).toBeGreaterThan(0)
  }
})

test('every answer can be read, errors and unknown paths too', async () => {
  const send = start({ referrersApi: false })
  await pushImage(send, 'app', 'v1')
  for (const path of [
    '/v2/app/manifests/v1',
    '/v2/app/manifests/v2',
    `/v2/app/referrers/${digestOf('x')}`,
    '/nowhere',
  ]) {
    const answer = await send('GET', path)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(lower(answer.headers.get('Access-Control-Expose-Headers'))).toEqual(
      expect.arrayContaining([
        'docker-content-digest',
        'link',
        'location',
        'oci-subject',
        'oci-filters-applied',
        'oci-chunk-min-length',
        'oci-chunk-max-length',
        'oci-tag',
        'range',
        'content-range',
        'accept-ranges',
        'www-authenticate',
        'etag',
        'retry-after',
        'warning',
        'ratelimit-limit',
        'ratelimit-remaining',
        'oras-api-version',
      ]),
    )
  }
})

test('one origin can be named', async () => {
  const answer = await start({ cors: 'https://example.com' })('GET', '/v2/')
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://example.com')
  expect(answer.headers.get('Vary')).toBe('Origin')
})

test('with CORS off there is not a word of it', async () => {
  const send = start({ cors: false })
  const answer = await send('GET', '/v2/')
  expect([...answer.headers.keys()].filter((key) => key.startsWith('access-control'))).toEqual([])
  expect((await send('OPTIONS', '/v2/')).status).toBe(405)
})

const users = [{ name: 'a', password: 'b' }]
const allowed = (answer: Response) => answer.headers.get('Access-Control-Allow-Origin')
const preflightOf = (send: Send, method: string, path: string, headers = {}) =>
  send('OPTIONS', path, { headers: { 'Access-Control-Request-Method': method, ...headers } })

describe('CORS as registries get it wrong', () => {
  const origin = 'https://page.test'

  test('no registry that is imitated lets pages in by itself, but zot', async () => {
    for (const profile of Object.keys(profiles) as ProfileName[]) {
      const answer = await start({ profile })('GET', '/v2/')
      expect(allowed(answer), profile).toBe(/^zot/.test(profile) ? '*' : null)
    }
  })

  test.each(['distribution2', 'distribution3'] as const)(
    '%s wants a password of preflights, which never have one',
    async (profile) => {
      const send = start({ profile, cors: origin, auth: { scheme: 'basic', users } })
      for (const path of ['/v2/', '/v2/app/manifests/v1']) {
        expect((await preflightOf(send, 'PUT', path)).status).toBe(401)
        const headers = { Authorization: `Basic ${btoa('a:b')}` }
        expect((await preflightOf(send, 'PUT', path, headers)).status).toBe(204)
      }
      const open = start({ profile, cors: origin })
      expect((await preflightOf(open, 'PUT', '/v2/app/manifests/v1')).status).toBe(204)
    },
  )

  test('distribution lets one origin read what its router knows, and no header of it', async () => {
    const send = start({ profile: 'distribution3', cors: origin })
    const known = await send('GET', '/v2/app/manifests/v1')
    expect(known.status).toBe(404)
    expect(allowed(known)).toBe(origin)
    expect(known.headers.get('Vary')).toBe('Origin')
    expect(known.headers.get('Access-Control-Expose-Headers')).toBeNull()
    for (const path of [`/v2/app/referrers/${digestOf('x')}`, '/v3/', '/v2/-bad/tags/list']) {
      const unknown = await send('GET', path)
      expect(unknown.status).toBe(404)
      expect(allowed(unknown)).toBeNull()
      expect((await preflightOf(send, 'GET', path)).status).toBe(404)
    }
  })

  test('zot lets any page read manifests and tags, and neither blobs nor pushes', async () => {
    const send = start({ profile: 'zot', auth: { scheme: 'basic', users } })
    const digest = digestOf('x')
    for (const [method, path] of [
      ['GET', '/v2/'],
      ['GET', '/v2/app/manifests/v1'],
      ['DELETE', '/v2/app/manifests/v1'],
      ['GET', '/v2/app/tags/list'],
      ['GET', `/v2/app/referrers/${digest}`],
    ] as const) {
      const preflight = await preflightOf(send, method, path)
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe(
        'Authorization,content-type,X-ZOT-API-CLIENT',
      )
      const answer = await send(method, path)
      expect(allowed(answer)).toBe('*')
      expect(answer.headers.get('Access-Control-Expose-Headers')).toBeNull()
    }
    for (const [method, path] of [
      ['GET', `/v2/app/blobs/${digest}`],
      ['POST', '/v2/app/blobs/uploads/'],
      ['PATCH', '/v2/app/blobs/uploads/1'],
      ['PUT', '/v2/app/manifests/v1'],
    ] as const) {
      expect((await preflightOf(send, method, path)).status).not.toBe(204)
      expect(allowed(await send(method, path))).toBeNull()
    }
  })

  test('a profile of one’s own can be wrong in one way alone', async () => {
    const profile = {
      ...profiles.olareg,
      settings: { cors: { exposedHeaders: '', unknownPaths: false } },
    }
    const send = start({ profile })
    const answer = await send('POST', '/v2/app/blobs/uploads/')
    expect(allowed(answer)).toBe('*')
    expect(answer.headers.get('Access-Control-Expose-Headers')).toBeNull()
    expect(allowed(await send('GET', '/nowhere'))).toBeNull()
  })
})
