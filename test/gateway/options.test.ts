import { expect, test } from 'vitest'
import { gateway } from '../../src/gateway/index.ts'

test.each<[object, string]>([
  [{}, 'upstream'],
  [{ upstream: '' }, 'upstream'],
  [{ upstream: 1 }, 'upstream'],
  [{ upstream: 'ftp://registry.test' }, 'upstream'],
  [{ upstream: 'registry.test/path' }, 'upstream'],
  [{ upstream: 'https://user:password@registry.test' }, 'upstream'],
  [{ upstream: 'registry.test', styles: 'some' }, 'styles'],
  [{ upstream: 'registry.test', cors: ['example.com'] }, 'cors'],
  [{ upstream: 'registry.test', cors: ['https://example.com/'] }, 'cors'],
  [{ upstream: 'registry.test', cacheBytes: -1 }, 'cacheBytes'],
  [{ upstream: 'registry.test', timeout: 0 }, 'timeout'],
  [{ upstream: 'registry.test', fetch: 'x' }, 'fetch'],
  [{ upstream: 'registry.test', upstreams: [] }, 'upstreams'],
])('%j is refused: %s', (options, path) => {
  expect(() => gateway(options as never)).toThrow(
    expect.objectContaining({ name: 'InvalidInputError', path }),
  )
})

test.each([
  ['registry.test', 'https://registry.test/v2/'],
  ['registry.test:5000', 'https://registry.test:5000/v2/'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5000/v2/'],
  ['https://127.0.0.1:5000', 'https://127.0.0.1:5000/v2/'],
  ['http://registry.test', 'http://registry.test/v2/'],
])('%s is reached at %s', async (upstream, expected) => {
  const seen: string[] = []
  const { fetch } = gateway({
    upstream,
    fetch: async ({ url }) => {
      seen.push(url)
      return new Response()
    },
  })
  await fetch(new Request('http://gateway.test/v2/'))
  expect(seen).toEqual([expected])
})
