import { afterEach, expect, test, vi } from 'vitest'
import { isPage } from '../../src/platform/page.ts'
import { findManifest } from '../../src/registry/manifests.ts'
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
})

test('a page sends no User-Agent, and an Accept that costs no preflight', async () => {
  vi.stubGlobal('navigator', { userAgent: chromium })
  const { repo, calls } = fakeRepository(() => empty(404), { userAgent: 'mine' })
  await findManifest(repo, 'v1')
  expect(calls[0]!.headers.has('user-agent')).toBe(false)
  expect(calls[0]!.headers.get('accept')!.length).toBeLessThanOrEqual(128)
})
