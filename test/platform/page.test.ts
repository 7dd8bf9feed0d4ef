import { afterEach, expect, test, vi } from 'vitest'
import { isNode, isPage } from '../../src/platform/page.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { createExchange } from '../../src/registry/wire/exchange.ts'
import { empty, fakeRepository } from '../registry/_registry.ts'

afterEach(() => vi.unstubAllGlobals())

const chromium = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'

test.each([
  [{ userAgent: chromium }, true],
  [{ userAgent: 'Node.js/24' }, false],
  [{ userAgent: 'Deno/2.5' }, false],
  [{ userAgent: 'Cloudflare-Workers' }, false],
  [{}, false],
  [undefined, false],
])('tells a page by its navigator %j: %s', (navigator, page) => {
  vi.stubGlobal('navigator', navigator)
  expect(isPage()).toBe(page)
  expect(isNode()).toBe(
    (navigator as Navigator | undefined)?.userAgent?.startsWith('Node.js/') ?? false,
  )
})

test.each([
  ['Node.js/24', 'error'],
  // It knows no other ways than these two.
  ['Cloudflare-Workers', 'manual'],
])('a stream is sent with a redirect that the runtime knows: %s', async (userAgent, redirect) => {
  vi.stubGlobal('navigator', { userAgent })
  const seen: string[] = []
  const exchange = createExchange(
    async (request) => {
      seen.push(request.redirect)
      return empty(201)
    },
    new URL('https://r.test'),
    { timeout: 1000 },
  )
  const body = new Response('x').body!
  const { signal } = new AbortController()
  await exchange({ method: 'PUT', url: 'https://r.test/x', headers: new Headers(), body, signal })
  expect(seen).toEqual([redirect])
})

test('a page sends no User-Agent, and an Accept that costs no preflight', async () => {
  vi.stubGlobal('navigator', { userAgent: chromium })
  const { repo, calls } = fakeRepository(() => empty(404), { userAgent: 'mine' })
  await findManifest(repo, 'v1')
  expect(calls[0]!.headers.has('user-agent')).toBe(false)
  expect(calls[0]!.headers.get('accept')!.length).toBeLessThanOrEqual(128)
})
