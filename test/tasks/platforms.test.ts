import { describe, expect, test } from 'vitest'
import { attach, type Descriptor, platforms, referrersTag } from '../../src/index.ts'
import { getManifest, putManifest } from '../../src/registry/index.ts'
import { indexAnnotations } from '../../src/strategies/index.ts'
import { INDEX, pushMulti, sbom, setUp } from './read/_attached.ts'

describe('platforms', () => {
  test('gives the manifests that an index lists, with their platforms', async () => {
    const { app } = await setUp()
    const { platforms: images } = await pushMulti(app)
    expect(await platforms(app, 'multi')).toEqual(images)
  })

  test('gives an image without an index as its own', async () => {
    const { app, image } = await setUp()
    expect(await platforms(app, 'v1')).toEqual([image])
  })

  test('reads the image once, and each index in it', async () => {
    const { app, wire } = await setUp()
    const { index, platforms: images } = await pushMulti(app)
    await putManifest(app, 'outer', { schemaVersion: 2, mediaType: INDEX, manifests: [index] })
    wire.reset()
    expect(await platforms(app, 'outer')).toEqual(images)
    const inner = `GET /manifests/${index.digest.slice(0, 15)}`
    expect(wire.lines()).toEqual(['GET /manifests/outer', inner])
    wire.reset()
    await platforms(app, 'v1')
    await platforms(app, index.digest)
    await platforms(app, index)
    expect(wire.lines()).toEqual(['GET /manifests/v1', inner, inner])
  })

  test.each([
    ['BuildKit’s mark', { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }],
    ['a platform that nothing runs', { platform: { os: 'unknown', architecture: 'unknown' } }],
  ])('leaves out what has %s', async (_, mark) => {
    const { app, image } = await setUp()
    const { platforms: images } = await pushMulti(app)
    const marked = { ...image, ...mark }
    const manifests = [images[0]!, marked, images[1]!]
    await putManifest(app, 'built', { schemaVersion: 2, mediaType: INDEX, manifests })
    expect(await platforms(app, 'built')).toEqual(images)
    // The mark alone is what leaves it out.
    await putManifest(app, 'built', {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [images[0]!, image, images[1]!],
    })
    expect(await platforms(app, 'built')).toEqual([images[0], image, images[1]])
  })

  test('leaves out what is linked in the index itself', async () => {
    const { app } = await setUp()
    const { platforms: images } = await pushMulti(app)
    const made = await attach(app, 'multi', sbom(), { strategy: indexAnnotations(), settle: 0 })
    const { bytes } = await getManifest(app, referrersTag(made.subject.digest))
    const { manifests } = JSON.parse(new TextDecoder().decode(bytes))
    const entry = manifests.find(({ digest }: Descriptor) => digest === made.digest)
    expect(entry).toBeDefined()
    await putManifest(app, 'multi', {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [...images, entry],
    })
    expect(await platforms(app, 'multi')).toEqual(images)
  })

  test('says what is not there', async () => {
    const { app } = await setUp()
    await expect(platforms(app, 'missing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
