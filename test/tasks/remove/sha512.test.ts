// Images by sha512: the tags that link something to them hold the first half of their digest only.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Digest,
  graph,
  prune,
  referrers,
  referrersTag,
  remove,
  repository,
} from '../../../src/index.ts'
import { deleteManifest, findManifest, listTags, putManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

const note = { artifactType: 'application/vnd.example.note' }

async function setUp(referrersApi: boolean) {
  const registry = embeddedRegistry({ referrersApi })
  const app = repository('registry.test/team/app', { fetch: registry.fetch })
  const push = async (text: string) => {
    await pushImage(app, text, text)
    const { bytes, descriptor } = (await findManifest(app, text))!
    await deleteManifest(app, descriptor.digest)
    const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}` as Digest
    const image = (await putManifest(app, digest, bytes, { mediaType: descriptor.mediaType }))
      .descriptor
    const made: Digest[] = []
    for (const strategy of [ociSubject(), digestTags(), cosignTags({ suffix: 'sig' })]) {
      const annotations = { text, by: strategy.name }
      const how = { strategy, settle: 0 }
      made.push((await attach(app, image, { ...note, annotations }, how)).digest)
    }
    return { image, made }
  }
  const isThere = async (digest: Digest) => (await findManifest(app, digest)) !== undefined
  return { app, push, isThere }
}

test.each([true, false])(
  'go with what is attached, and nothing of another (API: %j)',
  async (api) => {
    const { app, push, isThere } = await setUp(api)
    const [gone, stays] = [await push('one'), await push('two')]
    const { kept, complete } = await remove(app, gone.image.digest, { referrers: true })
    expect({ kept, complete }).toEqual({ kept: [], complete: true })
    for (const digest of [gone.image.digest, ...gone.made])
      expect(await isThere(digest)).toBe(false)
    for (const digest of [stays.image.digest, ...stays.made])
      expect(await isThere(digest)).toBe(true)
    const tags = await all(listTags(app))
    expect(tags.filter((tag) => !tag.includes(stays.image.digest.slice(7, 71)))).toEqual([])
  },
)

test('prune() takes what names them, with its list, and nothing whose tags alone would say whose it is', async () => {
  const { app, push, isThere } = await setUp(false)
  const [gone, other] = [await push('one'), await push('two')]
  await deleteManifest(app, gone.image.digest)
  const { items, complete } = await prune(app, { settle: 0 })
  const [named, ...byTag] = gone.made
  expect(complete).toBe(true)
  expect(items).toMatchObject([
    { status: 'done', digest: named },
    { status: 'done', tags: [referrersTag(gone.image.digest)] },
  ])
  for (const digest of [...byTag, ...other.made, other.image.digest])
    expect(await isThere(digest)).toBe(true)
  expect(await all(listTags(app))).not.toContain(referrersTag(gone.image.digest))
  expect(await all(referrers(app, other.image.digest))).toHaveLength(1)
})

test('nor of two subjects that begin alike', async () => {
  const { app, push, isThere } = await setUp(false)
  const { image, made } = await push('one')
  // Of a list somebody has made: it is not known whose.
  const subject = { ...image, digest: `${image.digest.slice(0, 80)}${'0'.repeat(55)}` as Digest }
  const type = 'application/vnd.example.note'
  const bytes = (await findManifest(app, made[0]!))!.bytes
  const forged = { ...JSON.parse(new TextDecoder().decode(bytes)), subject }
  const { descriptor } = await putManifest(app, undefined, forged)
  const tag = referrersTag(image.digest)
  const list = JSON.parse(new TextDecoder().decode((await findManifest(app, tag))!.bytes))
  const manifests = [...list.manifests, { ...descriptor, artifactType: type }]
  await putManifest(app, tag, { ...list, manifests })
  await deleteManifest(app, image.digest)
  await prune(app, { settle: 0 })
  expect((await graph(app)).tags.find((one) => one.tag === tag)?.subject).toBeUndefined()
  for (const digest of [descriptor.digest, ...made]) expect(await isThere(digest)).toBe(true)
})
