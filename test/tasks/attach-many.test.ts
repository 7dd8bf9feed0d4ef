import { describe, expect, test } from 'vitest'
import { attach, type Fetch, platforms, referrers, repository } from '../../src/index.ts'
import { buildkit, cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { fresh, pushMulti, SPDX, sbom, setUp } from './read/_attached.ts'

describe('attach to several subjects', () => {
  test('pushes the blobs once, and gives each an outcome in their order', async () => {
    const { app, wire } = await setUp()
    const digests: string[] = []
    for (let i = 0; i < 10; i++) {
      digests.push((await pushImage(app, `t${i}`, `image ${i}`)).digest)
    }
    wire.reset()
    const tags = digests.map((_, i) => `t${i}`)
    const outcomes = await attach(app, tags, sbom())
    expect(outcomes.map(({ subject }) => subject)).toEqual(tags)
    expect(outcomes.map(({ referrer }) => referrer?.subject.digest)).toEqual(digests)
    const uploads = wire.lines().filter((line) => line.startsWith('POST /blobs/uploads'))
    expect(uploads.length).toBeLessThanOrEqual(1 + tags.length)
    for (const tag of tags) expect(await all(referrers(app, tag))).toHaveLength(1)
  })

  test('attaches to the others where one is not there', async () => {
    const { app } = await setUp()
    const outcomes = await attach(app, ['v1', 'missing'], sbom())
    expect(outcomes[0]?.referrer?.artifactType).toBe(SPDX)
    expect(outcomes[1]).toMatchObject({
      subject: 'missing',
      strategy: 'oci-subject',
      error: { code: 'NOT_FOUND' },
    })
  })

  test('attaches a stream to each, though it can be read only once', async () => {
    const { app } = await setUp()
    await pushImage(app, 'v2', 'two')
    const mediaType = 'text/plain'
    const data = new Blob(['content']).stream()
    const artifact = { artifactType: mediaType, blobs: [{ data, mediaType }] }
    const outcomes = await attach(app, ['v1', 'v2'], artifact)
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined])
  })

  test('attaches to an image and its platforms', async () => {
    const { app } = await setUp()
    const { index, platforms: images } = await pushMulti(app)
    const subjects = ['multi', ...(await platforms(app, 'multi'))]
    const outcomes = await attach(app, subjects, sbom())
    const digests = outcomes.map(({ referrer }) => referrer?.subject.digest)
    expect(digests).toEqual([index.digest, ...images.map(({ digest }) => digest)])
  })

  test('writes links in several ways, for readers of each', async () => {
    const world = await setUp()
    const strategies = [ociSubject(), cosignTags(), digestTags()]
    const outcomes = await attach(world.app, 'v1', sbom(), { strategies, settle: 0 })
    expect(outcomes.map(({ strategy, error }) => [strategy, error])).toEqual([
      ['oci-subject', undefined],
      ['cosign-tags', undefined],
      ['digest-tags', undefined],
    ])
    for (const strategy of strategies) {
      expect(await all(referrers(fresh(world), 'v1', { strategy }))).toHaveLength(1)
    }
  })

  test('loses none of the links that go into one referrers tag', async () => {
    const world = await setUp({ referrersApi: false })
    const same = Array.from({ length: 6 }, () => 'v1')
    await Promise.all(
      same.map((subject, i) => attach(world.app, [subject], sbom(`"${i}"`), { settle: 0 })),
    )
    expect(await all(referrers(fresh(world), 'v1'))).toHaveLength(6)
  })

  test('throws what keeps the blobs from being pushed, once for all', async () => {
    const { app } = await setUp()
    const digest = `sha256:${'0'.repeat(64)}`
    const artifact = { artifactType: SPDX, blobs: [{ data: 'x', mediaType: SPDX, digest }] }
    await expect(attach(app, ['v1', 'missing'], artifact)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })

  test.each([
    ['subject', [], {}],
    ['subject[1]', ['v1', '?'], {}],
    ['tags', ['v1'], { tags: ['sbom'] }],
    ['strategies', ['v1'], { strategies: [] }],
    ['strategies', ['v1'], { strategy: ociSubject(), strategies: [ociSubject()] }],
    ['scope', ['v1'], { scope: 'all' }],
    ['waitUntilListed', ['v1'], { waitUntilListed: -1 }],
  ])('refuses a wrong %s before any request', async (path, subjects, options) => {
    const { app, wire } = await setUp()
    wire.reset()
    await expect(attach(app, subjects, sbom(), options as object)).rejects.toMatchObject({ path })
    expect(wire.lines()).toEqual([])
  })

  test('refuses a way that cannot link it before any request', async () => {
    const { app, wire } = await setUp()
    wire.reset()
    const strategies = [ociSubject(), buildkit()]
    await expect(attach(app, 'v1', sbom(), { strategies })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    expect(wire.lines()).toEqual([])
  })

  test('stops with its signal', async () => {
    const { app } = await setUp()
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(attach(app, ['v1'], sbom(), { signal })).rejects.toBe(reason)
  })
})

describe('waitUntilListed', () => {
  /** A registry that lists a referrer only when its list was read some times. */
  async function late(reads: number) {
    const { wire } = await setUp()
    let left = reads
    const fetch: Fetch = async (request) => {
      const response = await wire.fetch(request)
      if (!request.url.includes('/referrers/') || left-- <= 0) return response
      const empty = {
        schemaVersion: 2,
        mediaType: response.headers.get('content-type'),
        manifests: [],
      }
      return new Response(JSON.stringify(empty), response)
    }
    return repository('registry.test/team/app', { fetch, retries: 0 })
  }

  test('reads the list until the referrer is in it', async () => {
    const app = await late(5)
    const referrer = await attach(app, 'v1', sbom(), { waitUntilListed: true })
    expect(referrer.confirmed).toBe(true)
    expect(await all(referrers(app, 'v1'))).toHaveLength(1)
  })

  test('says that it is attached where it is not listed in time', async () => {
    const app = await late(1e6)
    await expect(attach(app, 'v1', sbom(), { waitUntilListed: 150 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^sha256:\w+ is attached to .* not listed within 150 ms/),
    })
  })

  test('is an outcome of each of several', async () => {
    const app = await late(1e6)
    const [outcome] = await attach(app, ['v1'], sbom(), { waitUntilListed: 50 })
    expect(outcome?.error).toMatchObject({ code: 'TIMEOUT' })
  })

  test('ends with its signal', async () => {
    const app = await late(1e6)
    const signal = AbortSignal.timeout(100)
    await expect(
      attach(app, 'v1', sbom(), { waitUntilListed: true, signal }),
    ).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})
