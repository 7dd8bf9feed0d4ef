import { describe, expect, test } from 'vitest'
import { attach, detach, readArtifact, type Strategy } from '../../../src/index.ts'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import {
  attachWith,
  bundleOf,
  envelopeOf,
  fresh,
  pushMulti,
  SLSA,
  SPDX,
  sbom,
  setUp,
  statementOf,
} from './_attached.ts'

describe('readArtifact', () => {
  test('reads the one artifact of a type, in three requests', async () => {
    const world = await setUp()
    const { image, wire } = world
    await attach(world.app, 'v1', sbom())
    const app = fresh(world)
    wire.reset()
    const found = await readArtifact(app, image.digest, { artifactType: SPDX })
    expect(await found.json()).toEqual({ spdxVersion: 'SPDX-2.3' })
    expect(wire.lines()).toHaveLength(3)
    expect(wire.depth()).toBe(3)
    expect(found.artifactType).toBe(SPDX)
    expect(found.subject.digest).toBe(image.digest)
    expect(found.via).toMatchObject([{ strategy: 'oci-subject', source: 'referrers-api' }])
  })

  test('with a strategy looks only there, and says what was looked for', async () => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: cosignTags(), settle: 0 })
    const app = fresh(world)
    const artifactType = [SPDX, 'text/plain']
    const annotations = { of: 'me' }
    expect((await readArtifact(app, 'v1')).via).toMatchObject([{ strategy: 'cosign-tags' }])
    const reading = readArtifact(app, 'v1', { strategy: digestTags(), artifactType, annotations })
    await expect(reading).rejects.toThrow(`that is of type ${SPDX} or text/plain, with {"of":"me"}`)
    const any = readArtifact(app, 'v1', { strategies: [digestTags()], annotations: {} })
    await expect(any).rejects.toThrow(/is attached to sha256:[0-9a-f]{64} in team\/app$/)
  })

  test('reads it in four requests without the referrers API', async () => {
    const world = await setUp({ referrersApi: false })
    await attach(world.app, 'v1', sbom(), { settle: 0 })
    const app = fresh(world)
    world.wire.reset()
    const found = await readArtifact(app, world.image.digest, { artifactType: SPDX })
    expect(await found.text()).toBe('{"spdxVersion":"SPDX-2.3"}')
    expect(world.wire.lines()).toHaveLength(4)
    expect(world.wire.depth()).toBe(4)
  })

  test.each<[string, Strategy]>([
    ['oci-subject', ociSubject()],
    ['reference-field', referenceField()],
    // The list of OCI 1.1 has it too.
    ['oci-subject', artifactManifest()],
    ['node-manifest', nodeManifest()],
    ['digest-tags', digestTags()],
    ['cosign-tags', cosignTags()],
    ['index-annotations', indexAnnotations()],
  ])('finds what is linked in any way, and says by %s', async (name, strategy) => {
    const world = await setUp()
    await attachWith(world, strategy)
    const found = await readArtifact(fresh(world), 'v1', { artifactType: SPDX })
    expect(await found.text()).toBe('{"spdxVersion":"SPDX-2.3"}')
    expect(found.via.map((via) => via.strategy)).toContain(name)
    expect(found.blobs).toHaveLength(1)
  })

  test('takes any of several types, and of several artifacts the newest', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', sbom('"old"', new Date('2025-01-01')))
    await attach(app, 'v1', sbom('"new"', new Date('2026-01-01')))
    await attach(app, 'v1', sbom('"undated"'))
    const types = ['application/vnd.cyclonedx+json', SPDX]
    expect(await (await readArtifact(app, 'v1', { artifactType: types })).json()).toBe('new')
    expect(await (await readArtifact(app, 'v1', { newest: false })).json()).toBeTypeOf('string')
  })

  test('goes by the dates of manifests where a list has none', async () => {
    const world = await setUp({ profile: 'ggcr' })
    await attach(world.app, 'v1', sbom('"old"', new Date('2025-01-01')))
    await attach(world.app, 'v1', sbom('"new"', new Date('2026-01-01')))
    await attach(world.app, 'v1', sbom('"older"', new Date('2024-01-01')))
    expect(await (await readArtifact(fresh(world), 'v1')).json()).toBe('new')
  })

  test('reads those of one platform, and says which it is', async () => {
    const world = await setUp()
    const { platforms, index } = await pushMulti(world.app)
    await attach(world.app, platforms[0]!, sbom('"amd64"'))
    await attach(world.app, platforms[1]!, sbom('"arm64"'))
    await attach(world.app, index, sbom('"both"'))
    const app = fresh(world)
    world.wire.reset()
    const found = await readArtifact(app, 'multi', { artifactType: SPDX, platform: 'linux/arm64' })
    expect(await found.json()).toBe('arm64')
    expect(found.subject.platform).toEqual({ os: 'linux', architecture: 'arm64' })
    expect(world.wire.lines()).toHaveLength(4)
  })

  test('finds what only another way of linking has for a platform', async () => {
    const world = await setUp()
    const { platforms } = await pushMulti(world.app)
    await attach(world.app, platforms[1]!, sbom('"arm64"'), { strategy: cosignTags(), settle: 0 })
    const found = await readArtifact(fresh(world), 'multi', { platform: 'linux/arm64' })
    expect(await found.json()).toBe('arm64')
    expect(found.subject.platform).toEqual({ os: 'linux', architecture: 'arm64' })
  })

  test('says what was looked for where there is none', async () => {
    const { app, image } = await setUp()
    await attach(app, 'v1', sbom())
    await expect(readArtifact(app, 'v1', { artifactType: 'text/x' })).rejects.toMatchObject({
      code: 'NO_MATCH',
      message: `Nothing is attached to ${image.digest} in team/app that is of type text/x`,
    })
  })

  test('does not say none where a source could not be asked', async () => {
    const world = await setUp()
    const app = fresh({
      ...world,
      wire: {
        ...world.wire,
        fetch: async (request) =>
          request.url.includes('/tags/list')
            ? new Response('', { status: 500 })
            : world.wire.fetch(request),
      },
    })
    const reading = readArtifact(app, 'v1', { strategies: [ociSubject(), digestTags()] })
    await expect(reading).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE', status: 500 })
  })

  test('chooses by the predicate type, and fetches nothing that is announced as another', async () => {
    const world = await setUp()
    const { app, image, wire } = world
    await attach(app, 'v1', bundleOf(statementOf(image)))
    await attach(
      app,
      'v1',
      bundleOf(statementOf(image, 'https://spdx.dev/Document'), 'https://spdx.dev/Document'),
    )
    await attach(app, 'v1', sbom())
    wire.reset()
    const found = await readArtifact(app, image.digest, { predicateType: SLSA })
    expect(wire.lines().filter((line) => line.includes('/blobs/'))).toHaveLength(1)
    expect(await found.json()).toHaveProperty('dsseEnvelope')
    // The blob was read to look into it.
    expect(wire.lines().filter((line) => line.includes('/blobs/'))).toHaveLength(1)
  })

  test('does not believe an annotation that announces the wanted type', async () => {
    const { app, image } = await setUp()
    await attach(app, 'v1', bundleOf(statementOf(image, 'other'), SLSA))
    await expect(readArtifact(app, 'v1', { predicateType: SLSA })).rejects.toMatchObject({
      code: 'NO_MATCH',
    })
  })

  test('gives only the blobs that hold the wanted statement', async () => {
    const { app, image } = await setUp()
    const mediaType = 'application/vnd.in-toto+json'
    const blobs = [SLSA, 'https://spdx.dev/Document'].map((predicateType) => ({
      data: JSON.stringify(statementOf(image, predicateType)),
      mediaType,
    }))
    await attach(app, 'v1', { artifactType: mediaType, blobs })
    const found = await readArtifact(app, 'v1', { predicateType: SLSA })
    expect(found.blobs).toHaveLength(1)
    expect(await found.json()).toMatchObject({ predicateType: SLSA })
  })

  test('has several blobs in their order, and refuses to take one for all', async () => {
    const { app } = await setUp()
    const blobs = ['one', 'two'].map((data) => ({ data, mediaType: 'text/plain' }))
    const config = { data: '{"a":1}', mediaType: 'application/x+json' }
    await attach(app, 'v1', { artifactType: 'text/x', blobs, config })
    const found = await readArtifact(app, 'v1')
    expect(await Promise.all(found.blobs.map((blob) => blob.text()))).toEqual(['one', 'two'])
    expect(await found.config?.json()).toEqual({ a: 1 })
    await expect(found.text()).rejects.toMatchObject({
      code: 'NO_MATCH',
      message: expect.stringContaining('has 2 blobs: read them by its "blobs"'),
    })
    expect(() => found.stream()).toThrow(/has 2 blobs/)
  })

  test('says that an artifact of annotations only has no content', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', { artifactType: 'text/x', annotations: { a: 'b' } })
    const found = await readArtifact(app, 'v1')
    expect(found.annotations).toMatchObject({ a: 'b' })
    await expect(found.bytes()).rejects.toThrow(/has no blobs/)
  })

  test('streams, and reads bytes', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', sbom('"x"'))
    const found = await readArtifact(app, 'v1')
    expect(await new Response(found.stream()).text()).toBe('"x"')
    expect(new TextDecoder().decode(await found.bytes())).toBe('"x"')
  })

  test('can be detached as it was found', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', sbom())
    const found = await readArtifact(app, 'v1')
    expect((await detach(app, 'v1', found)).deleted).toBe(true)
  })

  test('reads whole only what is within the limit', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', sbom('"12345"'))
    const found = await readArtifact(app, 'v1', { limit: 3 })
    await expect(found.text()).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(await new Response(found.stream()).text()).toBe('"12345"')
  })

  test('says of what is too large which option and which method take it', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', sbom('"12345"'))
    const found = await readArtifact(app, 'v1', { limit: 3 })
    for (const call of [found.text(), found.bytes(), found.json(), found.blobs[0]!.bytes()]) {
      await expect(call).rejects.toThrow(
        /: at most 3, got 7\. Pass a larger "limit" to readArtifact\(\), artifacts\(\) or statements\(\), or read it with stream\(\)$/,
      )
    }
  })

  test('says which blob is not JSON', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', sbom('no JSON'))
    const found = await readArtifact(app, 'v1')
    await expect(found.json()).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^The blob sha256:.* is not JSON: read it with text\(\)/),
    })
  })

  test('passes over an artifact that is broken, with a warning', async () => {
    const warnings: string[] = []
    const { app, image } = await setUp({}, warnings)
    await attach(app, 'v1', {
      artifactType: 'application/vnd.in-toto+json',
      blobs: [
        {
          data: JSON.stringify({ ...envelopeOf({}), payload: '!' }),
          mediaType: 'application/vnd.in-toto+json',
        },
      ],
      created: new Date(),
    })
    await attach(app, 'v1', bundleOf(statementOf(image)))
    const found = await readArtifact(app, 'v1', { predicateType: SLSA })
    expect(found.artifactType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json')
    expect(warnings).toEqual([expect.stringMatching(/cannot be read: "blob.payload"/)])
  })

  test.each([
    ['artifactType', { artifactType: undefined }],
    ['artifactType', { artifactType: '' }],
    ['artifactType', { artifactType: [] }],
    ['predicateType', { predicateType: undefined }],
    ['predicateType', { predicateType: '' }],
    ['platform', { platform: undefined }],
    ['platform', { platform: 'arm64' }],
    ['limit', { limit: 0 }],
    ['newest', { newest: 'yes' }],
    ['predicatetype', { predicatetype: SLSA }],
  ])('refuses a wrong %s before any request: %j', async (path, options) => {
    const { app, wire } = await setUp()
    wire.reset()
    await expect(readArtifact(app, 'v1', options as object)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path,
    })
    expect(wire.lines()).toEqual([])
  })
})
