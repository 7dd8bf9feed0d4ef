import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../src/embedded/index.ts'
import { attach, discover, type Fetch, newest, type Repository, repository } from '../src/index.ts'
import { putManifest } from '../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../src/strategies/index.ts'
import { pushImage } from './_image.ts'
import { recorded } from './_wire.ts'

const alone = { settle: 0 }
const thing = (text: string, more: object = {}) => ({
  artifactType: 'application/vnd.example.thing',
  annotations: { text },
  ...more,
})

function setUp(options: Parameters<typeof embeddedRegistry>[0] = {}, delay = 0) {
  const wire = recorded(embeddedRegistry(options).fetch, delay)
  return { app: repository('registry.test/team/app', { fetch: wire.fetch }), wire }
}

const digests = (list: readonly { digest: string }[]) => list.map(({ digest }) => digest).sort()

/** The same image linked to in three ways. */
async function linkedThreeWays(app: Repository) {
  const subject = await pushImage(app)
  const one = await attach(app, subject, thing('by subject'), alone)
  const two = await attach(app, subject, thing('by tag'), { ...alone, strategy: digestTags() })
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const annotations = { 'dev.cosignproject.cosign/signature': 'MEYCIQ==' }
  const signature = { artifactType: mediaType, blobs: [{ data: '{}', mediaType, annotations }] }
  const three = await attach(app, subject, signature, { ...alone, strategy: cosignTags() })
  return { subject, one, two, three }
}

describe('discover', () => {
  test.each([
    ['with the referrers API', {}],
    ['without it', { referrersApi: false }],
  ])('finds what was linked in any way, on a registry %s', async (_, options) => {
    const { app } = setUp(options)
    const { one, two, three } = await linkedThreeWays(app)
    const found = await discover(app, 'v1')
    expect(digests(found.referrers)).toEqual(digests([one, two, three]))
    expect(found.complete).toBe(true)
    expect(found.sources.every(({ status }) => status === 'answered')).toBe(true)
    const via = (digest: string) =>
      found.referrers.find((each) => each.digest === digest)!.via.map(({ strategy }) => strategy)
    expect(via(one.digest)).toContain('oci-subject')
    expect(via(two.digest)).toEqual(['digest-tags'])
    expect(via(three.digest)).toEqual(['cosign-tags'])
  })

  test('lists a referrer that was found in two ways once, with both', async () => {
    const { app } = setUp({ referrersApi: false })
    const subject = await pushImage(app)
    const { digest } = await attach(app, subject, thing('x'), alone)
    const found = await discover(app, subject, { strategies: [ociSubject(), ociSubject()] })
    expect(digests(found.referrers)).toEqual([digest])
    expect(found.referrers[0]!.via).toHaveLength(1)
    expect(found.sources).toHaveLength(2)
  })

  test('asks all strategies at once: two round trips for a digest, and no manifest twice', async () => {
    const { app, wire } = setUp({ referrersApi: false }, 25)
    const { subject } = await linkedThreeWays(app)
    wire.reset()
    await discover(
      repository('registry.test/team/app', { fetch: wire.fetch, concurrency: 50 }),
      subject.digest,
    )
    expect(wire.depth()).toBeLessThanOrEqual(2)
    const reads = wire.lines().filter((line) => line.startsWith('GET /manifests/'))
    expect(new Set(reads).size).toBe(reads.length)
  })

  test('says that it is not complete when a source fails, and which and why', async () => {
    const registry = embeddedRegistry()
    const fetch: Fetch = async (request) =>
      request.url.includes('/tags/list')
        ? new Response('', { status: 500 })
        : registry.fetch(request)
    const app = repository('registry.test/team/app', { fetch, retries: 0 })
    const subject = await pushImage(app)
    const { digest } = await attach(app, subject, thing('x'))
    const found = await discover(app, subject)
    expect(digests(found.referrers)).toEqual([digest])
    expect(found.complete).toBe(false)
    const failed = found.sources.filter(({ status }) => status === 'failed')
    expect(failed).toMatchObject([
      { strategy: 'digest-tags', subject: subject.digest, error: { status: 500 } },
    ])
    expect(failed[0]!.asked).toContainEqual({
      method: 'GET',
      path: '/v2/team/app/tags/list',
      status: 500,
    })
  })

  test('is complete on a registry that has no support for some ways of linking', async () => {
    const { app } = setUp({ profile: 'distribution3' })
    const { one, two, three } = await linkedThreeWays(app)
    const found = await discover(app, 'v1')
    expect(found.sources.map(({ status }) => status)).toContain('unsupported')
    expect(found.complete).toBe(true)
    expect(digests(found.referrers)).toEqual(digests([one, two, three]))
  })

  test('follows referrers of referrers to the asked depth, as a tree and as a list', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    const sbom = await attach(app, subject, thing('sbom'))
    const signature = await attach(app, sbom.digest, thing('signature'))
    const stamp = await attach(app, signature.digest, thing('stamp'))

    const shallow = await discover(app, subject)
    expect(shallow.referrers).toMatchObject([{ digest: sbom.digest, referrers: [] }])
    const deep = await discover(app, subject, { depth: 3 })
    expect(deep.referrers).toMatchObject([
      {
        digest: sbom.digest,
        referrers: [
          { digest: signature.digest, referrers: [{ digest: stamp.digest, referrers: [] }] },
        ],
      },
    ])
    expect(digests(deep.flat)).toEqual(digests([sbom, signature, stamp]))
    const leaf = await discover(app, subject, { depth: 3, annotations: { text: 'stamp' } })
    expect(digests(leaf.flat)).toEqual([stamp.digest])
    expect(leaf.referrers[0]!.referrers[0]!.referrers[0]!.digest).toBe(stamp.digest)
  })

  test('looks at the index, at its platforms, or at all of them', async () => {
    const { app } = setUp()
    const amd64 = await pushImage(app, 'amd64', 'amd64')
    const arm64 = await pushImage(app, 'arm64', 'arm64')
    const { descriptor } = await putManifest(app, 'multi', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
      ],
    })
    const ofIndex = await attach(app, descriptor, thing('index'))
    const ofArm = await attach(app, arm64, thing('arm'))
    const look = async (scope: 'index' | 'platform' | 'all') =>
      digests((await discover(app, 'multi', { scope })).referrers)
    expect(await look('index')).toEqual([ofIndex.digest])
    expect(await look('platform')).toEqual([ofArm.digest])
    expect(await look('all')).toEqual(digests([ofIndex, ofArm]))
  })

  test('filters by type, annotation and date, and tells the newest', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    const at = (day: string) => ({ created: new Date(`2026-01-${day}T00:00:00Z`) })
    const early = await attach(app, subject, thing('a', at('01')))
    const late = await attach(app, subject, thing('b', at('20')))
    const undated = await attach(app, subject, thing('c'))
    const other = await attach(app, subject, {
      artifactType: 'application/vnd.example.other',
      ...at('30'),
    })

    const look = async (filter: Parameters<typeof discover>[2]) =>
      digests((await discover(app, subject, filter)).referrers)
    expect(await look({ artifactType: early.artifactType })).toEqual(
      digests([early, late, undated]),
    )
    expect(await look({ annotations: { text: 'b' } })).toEqual([late.digest])
    expect(await look({ since: new Date('2026-01-10') })).toEqual(digests([late, other]))
    expect(await look({ until: new Date('2026-01-10') })).toEqual([early.digest])
    const { referrers } = await discover(app, subject)
    expect(newest(referrers)?.digest).toBe(other.digest)
    expect(newest(referrers, early.artifactType)?.digest).toBe(late.digest)
    expect(newest([])).toBeUndefined()
  })

  test('stops at the most that may be followed, and says so', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    for (let i = 0; i < 5; i++) await attach(app, subject, thing(`${i}`))
    const found = await discover(app, subject, { maxReferrers: 3, strategies: [ociSubject()] })
    expect(found.referrers).toHaveLength(3)
    expect(found.complete).toBe(false)
  })

  test.each([
    ['depth', { depth: 0 }],
    ['maxReferrers', { maxReferrers: 1.5 }],
    ['since', { since: new Date('x') }],
    ['scope', { scope: 'everything' as 'all' }],
  ])('names the option that is wrong: %s', async (path, options) => {
    const { app } = setUp()
    const subject = await pushImage(app)
    await expect(discover(app, subject, options)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path,
    })
  })

  test('passes an abort through, and says that a tag is missing', async () => {
    const { app } = setUp()
    await pushImage(app)
    const reason = new Error('enough')
    await expect(discover(app, 'v1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(discover(app, 'v9')).rejects.toMatchObject({ status: 404 })
  })
})
