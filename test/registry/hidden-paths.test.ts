// A page whose network breaks for a moment: what it could not ask for is not taken for hidden.
import { afterEach, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, discover, repository } from '../../src/index.ts'
import { headManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

afterEach(() => void vi.unstubAllGlobals())

test.each([1, 3, 6, 9, 12])(
  '%i requests that break off make no "none" of a list',
  async (broken) => {
    const registry = embeddedRegistry()
    const straight = repository('r.test/app', { fetch: registry.fetch })
    const image = await pushImage(straight)
    await attach(straight, image, { artifactType: 'text/plain' }, { settle: 0 })
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11)' })
    let left = 0
    const page = repository('r.test/app', {
      fetch: async (request) => {
        if (left > 0) {
          left--
          throw new TypeError('Failed to fetch')
        }
        return registry.fetch(request)
      },
    })
    // Something was answered before.
    await headManifest(page, 'v1')
    left = broken
    const first = await discover(page, image.digest)
    if (first.complete) expect(first.flat).toHaveLength(1)
    left = 0
    const later = await discover(repository('r.test/app', { fetch: registry.fetch }), image.digest)
    expect(later.flat).toHaveLength(1)
    const same = await discover(page, image.digest)
    expect(same.flat).toHaveLength(1)
    expect(page.capabilities.referrersApi).toBe('supported')
  },
)

test('where a page is shown no digest, a tag is looked up without HEAD from then on', async () => {
  const { fetch } = embeddedRegistry({ profile: 'distribution2' })
  const { digest } = await pushImage(repository('r.test/app', { fetch }))
  const looked = async (userAgent: string, hide: boolean) => {
    vi.stubGlobal('navigator', { userAgent })
    const methods: string[] = []
    const how = {
      fetch: async (request: Request) => {
        methods.push(request.method)
        const response = await fetch(request)
        if (hide) response.headers.delete('docker-content-digest')
        return response
      },
    }
    for (let i = 0; i < 2; i++) {
      const app = repository('r.test/app', how)
      expect((await headManifest(app, 'v1'))?.digest).toBe(digest)
      expect((await headManifest(app, digest))?.digest).toBe(digest)
      expect(await headManifest(app, 'v2')).toBeUndefined()
    }
    return methods.join(' ')
  }
  const other = 'HEAD HEAD GET'
  expect(await looked('Mozilla/5.0 (X11)', true)).toBe('HEAD GET HEAD GET GET HEAD GET')
  expect(await looked('Mozilla/5.0 (X11)', false)).toBe(`HEAD ${other} HEAD ${other}`)
  expect(await looked('Node.js/24', true)).toBe('HEAD GET HEAD HEAD GET HEAD GET HEAD HEAD GET')
})
