// All tags, where something is deleted because of those that there are not: a page may not see the link to the next.
import { afterEach, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, graph, prune, remove, repository } from '../../../src/index.ts'
import { deleteManifest, putManifest } from '../../../src/registry/index.ts'
import { pushImage } from '../../_image.ts'

afterEach(() => void vi.unstubAllGlobals())

/** A registry that gives two tags a page, whose links nobody can read. */
async function setUp() {
  const registry = embeddedRegistry({ referrersApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const image = await pushImage(straight, 'a', 'a')
  const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
  const attached = await attach(straight, image, note, { settle: 0 })
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' } as const
  await putManifest(straight, 'z', { ...index, manifests: [image, attached] })
  const app = repository('registry.test/team/app', {
    retries: 0,
    async fetch(request) {
      const url = new URL(request.url)
      if (!url.pathname.endsWith('/tags/list')) return registry.fetch(request)
      url.searchParams.set('n', '2')
      const answer = await registry.fetch(new Request(url, request))
      return Response.json(await answer.json())
    },
  })
  return { app, straight, image, attached }
}

const page = () => vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11) Firefox/140.0' })

test('are found in a page, where links to the next page are hidden', async () => {
  const { app } = await setUp()
  page()
  expect((await graph(app)).tags.map(({ tag }) => tag)).toHaveLength(3)
})

test('keep what they lead to, whatever the first page of them has', async () => {
  const { app, straight, image } = await setUp()
  page()
  const { items, kept } = await remove(app, 'a', { referrers: true })
  expect(items).toMatchObject([{ action: 'delete-tag', tags: ['a'] }])
  expect(kept).toMatchObject([{ digest: image.digest, reason: expect.stringContaining('tag z') }])
  await deleteManifest(straight, 'a').catch(() => {})
  expect((await prune(app)).items).toEqual([])
})
