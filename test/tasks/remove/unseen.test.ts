// What remove() could not see: nothing goes then, and it does not say that all is done.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, remove, repository } from '../../../src/index.ts'
import { findManifest, listTags } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

const note = { artifactType: 'application/vnd.example.note' }

async function setUp(referrersApi: boolean, bend: (request: Request) => Response | undefined) {
  const registry = embeddedRegistry({ referrersApi })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const sent: string[] = []
  const app = repository('registry.test/team/app', {
    retries: 0,
    async fetch(request) {
      sent.push(request.method)
      return bend(request) ?? registry.fetch(request)
    },
  })
  const image = await pushImage(straight, 'v1', 'v1')
  await pushImage(straight, 'v2', 'v2')
  const made = []
  for (const strategy of [ociSubject(), digestTags(), cosignTags({ suffix: 'sig' })]) {
    const annotations = { by: strategy.name }
    made.push(await attach(straight, 'v1', { ...note, annotations }, { strategy, settle: 0 }))
  }
  const tags = () => all(listTags(straight))
  const isThere = async (digest: string) => (await findManifest(straight, digest)) !== undefined
  const deletes = () => sent.filter((method) => method === 'DELETE').length
  return { app, straight, image, made, tags, isThere, deletes }
}

describe.each([true, false])('with the referrers API: %j', (api) => {
  test.each([200, 500])(
    'the tag stays too where another one may lead to the image: it answers %i',
    async (status) => {
      const bend = ({ url }: Request) =>
        url.endsWith('/manifests/v2') ? new Response('<html>', { status }) : undefined
      const { app, image, made, tags, isThere, deletes } = await setUp(api, bend)
      const before = await tags()
      for (const dryRun of [true, false]) {
        const removal = await remove(app, 'v1', { referrers: true, dryRun })
        expect(removal).toMatchObject({ items: [], complete: false })
        expect(removal.kept).toMatchObject([
          { digest: image.digest, reason: expect.stringContaining('v2') },
        ])
      }
      expect(deletes()).toBe(0)
      expect(await tags()).toEqual(before)
      for (const { digest } of [image, ...made]) expect(await isThere(digest)).toBe(true)
    },
  )

  test.each([404, 500])(
    'nothing goes where a tag that is in the list answers %i',
    async (status) => {
      for (const spelling of [/-[0-9a-f]{64}$/, /\.note$/, /\.sig$/]) {
        if (api && spelling.source.startsWith('-')) continue
        let hits = 0
        // Once: the next answer is as it should be.
        const { app, image, made, isThere, deletes } = await setUp(api, ({ method, url }) => {
          if (method !== 'GET' || !spelling.test(url) || hits++ > 0) return undefined
          return Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, { status })
        })
        const removed = await remove(app, 'v1', { referrers: true }).catch((error) => error)
        if (!(removed instanceof Error)) {
          // It was not read so: all of it was found, and is gone.
          expect(removed.complete, `${spelling}`).toBe(true)
          for (const { digest } of [image, ...made]) expect(await isThere(digest)).toBe(false)
          continue
        }
        expect(hits).toBeGreaterThan(0)
        expect(removed).toMatchObject({ code: status === 404 ? 'CONFLICT' : 'REGISTRY_RESPONSE' })
        expect(deletes()).toBe(0)
        for (const { digest } of [image, ...made]) expect(await isThere(digest)).toBe(true)
      }
    },
  )
})
