import { describe, expect, test } from 'vitest'
import { findRoute, routes, tableOf } from '../../src/embedded/routes.ts'
import { defaults } from '../../src/embedded/settings/defaults.ts'
import { digestOf, errorOf, pushBlob, pushImage, start } from './_registry.ts'

const digest = digestOf('x')

test('GET /v2/ says that here is a registry', async () => {
  const send = start()
  for (const path of ['/v2/', '/v2']) {
    const answer = await send('GET', path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(await answer.json()).toEqual({})
  }
})

test.each([
  'manifests',
  'blobs',
  'blobs/uploads',
  'tags',
  'tags/list',
  'referrers',
  'app/manifests',
  'app/blobs/uploads',
  'manifests/manifests/manifests',
  'v2/v2',
])('a repository may be called %s', async (name) => {
  const send = start()
  const pushed = await pushImage(send, name, 'list')
  const blob = await pushBlob(send, name, 'x')
  expect((await send('GET', `/v2/${name}/manifests/list`)).status).toBe(200)
  expect((await send('GET', `/v2/${name}/manifests/${pushed}`)).status).toBe(200)
  expect((await send('GET', `/v2/${name}/blobs/${blob}`)).status).toBe(200)
  const tags = await send('GET', `/v2/${name}/tags/list`)
  expect(await tags.json()).toEqual({ name, tags: ['list'] })
  expect((await send('GET', `/v2/${name}/referrers/${pushed}`)).status).toBe(200)
  const upload = await send('POST', `/v2/${name}/blobs/uploads/`)
  expect((await send('GET', upload.headers.get('Location')!)).status).toBe(204)
})

test.each([
  ['/v2/a/b/manifests/v1', 'a/b', 'v1'],
  ['/v2/a/blobs/uploads/manifests/v1', 'a/blobs/uploads', 'v1'],
  [`/v2/a/manifests/blobs/${digest}`, 'a/manifests', digest],
  ['/v2/a/manifests/tags/list', 'a/manifests', ''],
  ['/v2/a/blobs/uploads/0123', 'a', '0123'],
])('%s is taken apart from the right', (path, name, id) => {
  expect(findRoute(tableOf(routes, defaults), 'GET', path)).toMatchObject({ name, id })
})

describe('errors', () => {
  test.each([
    '/',
    '/v1/',
    '/v4/app/manifests/v1',
    '/v2/app',
    '/v2/app/',
    '/v2/app/manifests',
    '/v2/app/manifests/',
    '/v2/manifests/v1',
    '/v2/app/tags',
    '/v2/app/tags/list/',
    '/v2/_catalog',
    '/v2/app/manifests/a/b',
  ])('%s is an unknown endpoint', async (path) => {
    expect(await errorOf(await start()('GET', path))).toBe('404 UNSUPPORTED')
  })

  test.each(['NO/such', 'a..b', 'a/', '-a', 'a___b', 'a%2Fb', 'a:b', `a${'/a'.repeat(128)}`])(
    '%s is no name of a repository',
    async (name) => {
      expect(await errorOf(await start()('GET', `/v2/${name}/manifests/v1`))).toBe(
        '400 NAME_INVALID',
      )
    },
  )

  test.each([
    ['POST', '/v2/', 'GET, HEAD'],
    ['PATCH', '/v2/app/manifests/v1', 'DELETE, GET, HEAD, PUT'],
    ['PUT', `/v2/app/blobs/${digest}`, 'DELETE, GET, HEAD'],
    ['GET', '/v2/app/blobs/uploads/', 'POST'],
    ['POST', '/v2/app/tags/list', 'GET, HEAD'],
    ['DELETE', `/v2/app/referrers/${digest}`, 'GET, HEAD'],
  ])('%s %s answers 405 and what is allowed', async (method, path, allow) => {
    const answer = await start()(method, path)
    expect(answer.headers.get('Allow')).toBe(allow)
    expect(await errorOf(answer)).toBe('405 UNSUPPORTED')
  })

  test('have a body as the spec wants it', async () => {
    const answer = await start()('GET', `/v2/app/blobs/${digest}`)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(await answer.json()).toEqual({
      errors: [{ code: 'BLOB_UNKNOWN', message: 'blob unknown to registry', detail: { digest } }],
    })
  })
})
