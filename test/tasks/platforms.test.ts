import { describe, expect, test } from 'vitest'
import { attach, platforms } from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
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

  test('leaves out what is attached, and looks into indexes in an index', async () => {
    const { app } = await setUp()
    const { index, platforms: images } = await pushMulti(app)
    const mark = { 'vnd.docker.reference.type': 'attestation-manifest' }
    const unknown = { os: 'unknown', architecture: 'unknown' }
    const attestation = { ...images[0]!, platform: unknown, annotations: mark }
    const manifests = [index, { ...attestation, digest: (await setUp()).image.digest }]
    await putManifest(app, 'outer', { schemaVersion: 2, mediaType: INDEX, manifests })
    expect(await platforms(app, 'outer')).toEqual(images)
    await attach(app, index, sbom(), { strategy: indexAnnotations(), settle: 0 })
    expect(await platforms(app, index)).toEqual(images)
  })

  test('says what is not there', async () => {
    const { app } = await setUp()
    await expect(platforms(app, 'missing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
