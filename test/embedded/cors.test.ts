import { expect, test } from 'vitest'
import { digestOf, pushImage, start } from './_registry.ts'

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
