// A registry that keeps only some of the referrers that are written to one subject at the same time, as olareg does.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { type Fetch, link, referrers, repository } from '../../../src/index.ts'
import { pushBlob } from '../../../src/registry/index.ts'
import { all, pushImage } from '../../_image.ts'

/** Lists nothing that was written while something else was. */
function forgetful(): Fetch {
  const { fetch } = embeddedRegistry()
  const forgotten = new Set<string>()
  let writing = 0
  return async (request) => {
    const path = new URL(request.url).pathname
    const digest = /manifests\/(sha256:.*)$/.exec(path)?.[1]
    if (request.method === 'PUT' && digest) {
      writing++
      if (writing > 1) forgotten.add(digest)
      else forgotten.delete(digest)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return fetch(request).finally(() => writing--)
    }
    const response = await fetch(request)
    if (!path.includes('/referrers/') || !response.ok) return response
    const index = (await response.json()) as { manifests: { digest: string }[] }
    index.manifests = index.manifests.filter((entry) => !forgotten.has(entry.digest))
    const { 'content-length': _, ...headers } = Object.fromEntries(response.headers)
    return new Response(JSON.stringify(index), { headers })
  }
}

test.each([['that is new'], ['that is known']])(
  'several links on a registry %s all hold',
  async (kind) => {
    const app = repository('registry.test/team/app', { fetch: forgetful() })
    await pushImage(app)
    const blob = await pushBlob(app, 'text', { mediaType: 'text/plain' })
    const note = (text: string) => ({
      artifactType: 'text/plain',
      blobs: [blob],
      annotations: { text },
    })
    if (kind === 'that is known') await all(referrers(app, 'v1'))
    const several = Array.from({ length: 9 }, (_, i) => note(`${i}`))
    const linked = await link(app, 'v1', several)
    expect(linked.every(({ confirmed }) => confirmed)).toBe(true)
    expect(linked.flatMap(({ via }) => via.map(({ source }) => source))).toEqual(
      Array(9).fill('referrers-api'),
    )
    expect(await all(referrers(app, 'v1'))).toHaveLength(9)
  },
)
