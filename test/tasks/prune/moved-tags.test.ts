// Tags that were there before, and are moved to what nothing needed while prune() runs.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, type Descriptor, prune, referrersTag, repository } from '../../../src/index.ts'
import { deleteManifest, findManifest, putManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags } from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note' }

/** What is attached to an image that is gone, and a repository in which something happens before the second list of tags. */
async function setUp(bend?: (request: Request) => Response | undefined) {
  const registry = embeddedRegistry({ referrersApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const image = await pushImage(straight, 'old', 'old')
  const dead = await attach(straight, image, note, { strategy: digestTags(), settle: 0 })
  const about = await attach(straight, dead, note, {
    strategy: cosignTags({ suffix: 'sig' }),
    settle: 0,
  })
  const other = await attach(
    straight,
    image,
    { ...note, annotations: { text: 'other' } },
    { strategy: cosignTags({ suffix: 'sig' }), settle: 0 },
  )
  await deleteManifest(straight, image.digest)
  await pushImage(straight, 'mine', 'mine')
  const { bytes } = (await findManifest(straight, dead.digest))!
  let meanwhile: () => Promise<unknown> = async () => {}
  let lists = 0
  const app = repository('registry.test/team/app', {
    retries: 0,
    fetch: async (request) => {
      if (request.url.includes('/tags/list') && ++lists === 2) await meanwhile()
      return (lists > 1 && bend?.(request)) || registry.fetch(request)
    },
  })
  return {
    ...{ app, straight, dead, about, other },
    tag: (tag: string) => putManifest(straight, tag, bytes, { mediaType: dead.mediaType }),
    before: (what: () => Promise<unknown>) => {
      meanwhile = what
    },
    isThere: async ({ digest }: Pick<Descriptor, 'digest'>) =>
      (await findManifest(straight, digest)) !== undefined,
  }
}

test('keep what they lead to by then, with what is attached to it; the rest goes', async () => {
  const { app, dead, about, other, tag, before, isThere } = await setUp()
  before(() => tag('mine'))
  const { items, complete } = await prune(app, { settle: 0 })
  expect(complete).toBe(false)
  expect(items.find(({ digest }) => digest === dead.digest)).toMatchObject({ status: 'stale' })
  for (const one of [dead, about]) expect(await isThere(one)).toBe(true)
  expect(await isThere(other)).toBe(false)
})

test('keep what an index lists that they lead to by then, also tags that link something', async () => {
  for (const choose of ['mine', 'link'] as const) {
    const { app, straight, dead, before, isThere } = await setUp()
    const { digest, mediaType, size } = dead
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ digest, mediaType, size }] }
    const live = (await findManifest(straight, 'mine'))!.descriptor.digest
    const link = `${referrersTag(live)}.sbom`
    await putManifest(straight, link, { ...index, manifests: [] } as never)
    before(() => putManifest(straight, choose === 'mine' ? 'mine' : link, index as never))
    await prune(app, { settle: 0 })
    expect(await isThere(dead), choose).toBe(true)
  }
})

test.each([403, 404, 500])(
  'that cannot be looked up by then (%i) may lead to anything: nothing goes',
  async (status) => {
    const bend = ({ url }: Request) =>
      url.endsWith('/manifests/mine') ? new Response('<html>', { status }) : undefined
    const { app, dead, about, other, isThere } = await setUp(bend)
    const { complete } = await prune(app, { settle: 0 })
    expect(complete).toBe(false)
    for (const one of [dead, about, other]) expect(await isThere(one)).toBe(true)
  },
)

test('that led nowhere at first are looked up again', async () => {
  const registry = embeddedRegistry({ referrersApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const image = await pushImage(straight, 'old', 'old')
  await pushImage(straight, 'v2', 'v2')
  const { digest, mediaType, size } = await attach(straight, image, note, {
    strategy: digestTags(),
    settle: 0,
  })
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ digest, mediaType, size }] }
  await putManifest(straight, 'v1', index as never)
  await deleteManifest(straight, image.digest)
  let asked = 0
  const app = repository('registry.test/team/app', {
    retries: 0,
    fetch: async (request) => {
      const isFirst = request.url.endsWith('/manifests/v1') && ++asked === 1
      if (!isFirst) return registry.fetch(request)
      return Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, { status: 404 })
    },
  })
  expect((await prune(app, { settle: 0 })).complete).toBe(false)
  expect(await findManifest(straight, digest)).toBeDefined()
})
