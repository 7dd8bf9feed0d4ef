import { describe, expect, test } from 'vitest'
import { setUp } from './_gateway.ts'

const page = { origin: 'https://page.test' }
const preflight = {
  method: 'OPTIONS',
  headers: { ...page, 'access-control-request-method': 'PUT' },
}

test('pages of an origin that was named may read every answer', async () => {
  const { ask } = setUp({ cors: ['https://page.test'] })
  for (const path of ['/v2/', '/v2/team/app/manifests/none', '/v2/no/such/path']) {
    const { headers } = await ask(path, { headers: page })
    expect(headers.get('access-control-allow-origin')).toBe('https://page.test')
    const exposed = headers.get('access-control-expose-headers')!.split(', ')
    const wanted = [
      'Docker-Content-Digest',
      'Accept-Ranges',
      'OCI-Chunk-Max-Length',
      'ORAS-Api-Version',
    ]
    expect(exposed).toEqual(expect.arrayContaining([...wanted, 'Link', 'Location', 'OCI-Subject']))
    expect(headers.get('vary')).toContain('Origin')
  }
})

test('their preflights are answered before any login', async () => {
  const auth = { scheme: 'basic', users: [{ name: 'a', password: 'b' }] } as const
  const { ask, sent } = setUp({ cors: ['https://page.test'], registry: { auth } })
  const answer = await ask('/v2/team/app/manifests/v1', preflight)
  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-methods')).toContain('PUT')
  expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization')
  expect(sent).toEqual([])
})

describe('others may not', () => {
  test.each([
    ['by default', {}],
    ['of another origin', { cors: ['https://other.test'] }],
  ])('%s, whatever the upstream says', async (_, options) => {
    const { ask } = setUp({ ...options, registry: { cors: '*' } as never })
    for (const init of [{ headers: page }, preflight]) {
      const { headers } = await ask('/v2/', init)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })
})

test('a page of another origin cannot begin an upload either, which needs no preflight', async () => {
  const { ask, sent } = setUp({ cors: ['https://other.test'] })
  const upload = { method: 'POST', headers: page }
  const answer = await ask('/v2/team/app/blobs/uploads/', upload)
  expect([answer.status, sent]).toEqual([403, []])
})

test('"*" is for all pages', async () => {
  const { ask } = setUp({ cors: '*' })
  const { headers } = await ask('/v2/', { headers: page })
  expect(headers.get('access-control-allow-origin')).toBe('*')
})
