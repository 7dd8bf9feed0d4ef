// Images by sha512: the tags that link something to them hold the first half of their digest only.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, type Digest, prune, remove, repository } from '../../../src/index.ts'
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

test('prune() takes nothing of them, since their tags do not say whose they are', async () => {
  const { app, push, isThere } = await setUp(false)
  const { image, made } = await push('one')
  await deleteManifest(app, image.digest)
  expect((await prune(app, { settle: 0 })).items).toEqual([])
  for (const digest of made) expect(await isThere(digest)).toBe(true)
})
