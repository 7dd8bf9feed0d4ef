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
