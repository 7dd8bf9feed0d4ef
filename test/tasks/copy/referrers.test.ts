// Copying what is attached: by every way of linking, to registries that can and cannot keep it.
import { describe, expect, test } from 'vitest'
import {
  attach,
  copy,
  type Descriptor,
  type Digest,
  digestTag,
  discover,
  type Repository,
  type Strategy,
  suffixTag,
} from '../../../src/index.ts'
import { deleteBlob, getManifest, headManifest, putManifest } from '../../../src/registry/index.ts'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { place } from './_places.ts'

const type = 'application/spdx+json'
const note = (text: string, artifactType = type) => ({
  artifactType,
  blobs: [{ data: text, mediaType: artifactType }],
})

const ways: readonly Strategy[] = [
  ociSubject(),
  referenceField(),
  artifactManifest(),
  nodeManifest(),
  digestTags(),
  cosignTags(),
]

/** What is attached, as text. */
async function attached(app: Repository, subject: string, depth = 3): Promise<readonly string[]> {
  const { flat, complete } = await discover(app, subject, { scope: 'all', depth })
  expect(complete).toBe(true)
  return flat
    .map(({ digest, subjects, via }) => {
      const names = [...new Set(via.map(({ strategy }) => strategy))].sort()
      return `${digest} ${[...subjects].sort()} ${names}`
    })
    .sort()
}

const quick = { referrers: true, settle: 0 } as const

describe.each([
  ['to a registry of the same kind', {}],
  ['to a registry without the referrers API', { referrersApi: false }],
])('%s', (_, options) => {
  test.each(ways.map((way) => [way.name, way] as const))('%s is found there', async (_, way) => {
    const [here, there] = [place('here.test'), place('there.test', options)]
    await pushImage(here.app)
    await attach(here.app, 'v1', note('a'), { strategy: way })
    await attach(here.app, 'v1', note('b'), { strategy: way })
    const report = await copy(here.again(), 'v1', there.app, quick)
    expect(report.losses).toEqual([])
    expect(report.complete).toBe(true)
    expect(report.referrers.map(({ status }) => status)).toEqual(
      Array(way.name === 'cosign-tags' ? 1 : 2).fill('copied'),
    )
    const found = await attached(there.again(), 'v1')
    expect(found.map((line) => line.split(' ')[0])).toEqual(
      (await attached(here.again(), 'v1')).map((line) => line.split(' ')[0]),
    )
    // Again: nothing is left to do.
    there.wire.reset()
    const again = await copy(here.again(), 'v1', there.again(), quick)
    expect(again.complete).toBe(true)
    expect(new Set(again.referrers.map(({ status }) => status))).toEqual(new Set(['present']))
    expect(there.wire.lines().filter((line) => /^(PUT|POST|PATCH)/.test(line))).toEqual([
      'PUT /manifests/v1',
    ])
  })

  test('an index of proposal F is found there', async () => {
    const [here, there] = [place('here.test'), place('there.test', options)]
    await pushImage(here.app)
    for (const text of ['a', 'b']) {
      await attach(here.app, 'v1', note(text), { strategy: indexAnnotations(), settle: 0 })
    }
    const report = await copy(here.again(), 'v1', there.app, quick)
    expect(report.losses).toEqual([])
    expect(await attached(there.again(), 'v1')).toEqual(await attached(here.again(), 'v1'))
  })

  test('referrers of referrers come with their subjects', async () => {
    const [here, there] = [place('here.test'), place('there.test', options)]
    await pushImage(here.app)
    let subject: Descriptor = await attach(here.app, 'v1', note('sbom'))
    for (const way of [digestTags(), ociSubject(), ociSubject()]) {
      subject = await attach(here.app, subject.digest, note(way.name), { strategy: way })
    }
    await copy(here.again(), 'v1', there.app, quick)
    expect(await attached(there.again(), 'v1', 9)).toHaveLength(1)
    await copy(here.again(), 'v1', there.again(), { ...quick, depth: 2 })
    expect(await attached(there.again(), 'v1', 9)).toHaveLength(2)
    const all = await copy(here.again(), 'v1', there.again(), {
      ...quick,
      depth: Number.POSITIVE_INFINITY,
    })
    expect(all.complete).toBe(true)
    expect(await attached(there.again(), 'v1', 9)).toEqual(await attached(here.again(), 'v1', 9))
  })
})

test('many links of one subject go into one write of the referrers tag', async () => {
  const [here, there] = [place('here.test'), place('there.test', { referrersApi: false })]
  await pushImage(here.app)
  for (let i = 0; i < 9; i++) await attach(here.app, 'v1', note(`${i}`))
  await copy(here.again(), 'v1', there.app, quick)
  const writes = there.wire.lines().filter((line) => /^PUT \/manifests\/sha256-/.test(line))
  expect(writes).toHaveLength(1)
})

test('what is attached to platforms comes too, and what stands in the index', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  const image = await pushImage(here.app, 'amd64')
  const statement = await pushImage(here.app, 'statement', 'statement')
  const entry = {
    ...statement,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.digest,
    },
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const platform = { os: 'linux', architecture: 'amd64' }
  const manifests = [{ ...image, platform }, entry]
  await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType, manifests })
  await attach(here.app, image.digest, note('of the platform'))
  await attach(here.app, 'v1', note('of the index'), { strategy: digestTags() })
  const report = await copy(here.again(), 'v1', there.app, quick)
  expect(report.complete).toBe(true)
  expect(report.referrers.map(({ status }) => status)).toEqual(['copied', 'copied', 'copied'])
  expect(await attached(there.again(), 'v1')).toEqual(await attached(here.again(), 'v1'))

  const again = await copy(here.again(), 'v1', there.again(), quick)
  expect(again.referrers.map(({ status }) => status)).toEqual(Array(3).fill('present'))
})

describe('platforms', () => {
  const two = ['linux/amd64', 'linux/arm64']

  async function twoPlatforms(...more: readonly string[]) {
    const here = place('here.test')
    const images: Descriptor[] = []
    for (const architecture of ['amd64', 'arm64', ...more]) {
      const image = await pushImage(here.app, architecture, architecture)
      images.push({ ...image, platform: { os: 'linux', architecture } })
      await attach(here.app, image.digest, note(architecture))
    }
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType, manifests: images })
    await attach(here.app, 'v1', note('index'))
    return { here, images }
  }

  test('one is copied by itself, with what is attached to it', async () => {
    const { here, images } = await twoPlatforms()
    const there = place('there.test')
    const report = await copy(here.again(), 'v1', there.app, {
      ...quick,
      platforms: ['linux/arm64'],
    })
    expect(report.descriptor.digest).toBe(images[1]!.digest)
    expect((await headManifest(there.app, 'v1'))?.digest).toBe(images[1]!.digest)
    expect(report.referrers).toHaveLength(1)
    expect(report.complete).toBe(true)
    expect(await headManifest(there.app, images[0]!.digest)).toBeUndefined()
  })

  test('one that is not there is named', async () => {
    const { here } = await twoPlatforms()
    const failed = copy(here.app, 'v1', place('there.test').app, { platforms: ['linux/s390x'] })
    await expect(failed).rejects.toMatchObject({ code: 'NO_MATCH' })
  })

  test.each([{}, { referrers: true }])(
    'some need a registry that takes an index without the rest, and the error says so (%j)',
    async (options) => {
      const { here } = await twoPlatforms('s390x')
      const there = place('there.test')
      const failed = copy(here.again(), 'v1', there.app, { ...options, platforms: two })
      await expect(failed).rejects.toMatchObject({ code: 'COPY_FAILED', side: 'destination' })
      await expect(failed).rejects.toThrow('takes no index without all of its manifests')
      expect(await headManifest(there.app, 'v1')).toBeUndefined()
    },
  )

  test('that are missing at the source are named by what can be done', async () => {
    const { here } = await twoPlatforms('s390x')
    const part = place('part.test', { missingEntries: 'accept' })
    const some = { ...quick, platforms: two }
    expect(await copy(here.again(), 'v1', part.app, some)).toMatchObject({ complete: true })
    const whole = place('there.test', { missingEntries: 'accept' })
    const failed = copy(part.again(), 'v1', whole.app, quick)
    await expect(failed).rejects.toMatchObject({ code: 'COPY_FAILED', side: 'source' })
    await expect(failed).rejects.toThrow('name them with "platforms"')
    expect(await copy(part.again(), 'v1', whole.app, some)).toMatchObject({ complete: true })
  })
})

describe('what is there already is kept', () => {
  const signature = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const sign = (app: Repository, text: string) =>
    attach(
      app,
      'v1',
      {
        artifactType: signature,
        blobs: [
          {
            data: text,
            mediaType: signature,
            annotations: { 'dev.cosignproject.cosign/signature': btoa(text) },
          },
        ],
      },
      { strategy: cosignTags(), settle: 0 },
    )

  test('signatures at cosign’s tag are merged', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const { digest } = await pushImage(here.app)
    await pushImage(there.app)
    await sign(here.app, 'ours')
    await sign(there.app, 'theirs')
    const report = await copy(here.again(), 'v1', there.app, quick)
    expect(report.losses).toEqual([])
    const { bytes } = await getManifest(there.app, suffixTag(digest, 'sig'))
    const { layers } = JSON.parse(new TextDecoder().decode(bytes))
    expect(layers).toHaveLength(2)
    // The same bytes as here would lose one, so it counts as there.
    const again = await copy(here.again(), 'v1', there.again(), quick)
    expect(again.referrers.map(({ status }) => status)).toEqual(['present'])
  })

  test('the manifest at cosign’s tag arrives with its bytes where nothing is there', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const { digest } = await pushImage(here.app)
    await sign(here.app, 'ours')
    await copy(here.again(), 'v1', there.app, quick)
    const tag = suffixTag(digest, 'sig')
    expect(await headManifest(there.app, tag)).toEqual(await headManifest(here.app, tag))
  })

  test('entries of the referrers tag are merged', async () => {
    const options = { referrersApi: false }
    const [here, there] = [place('here.test', options), place('there.test', options)]
    await pushImage(here.app)
    await pushImage(there.app)
    await attach(here.app, 'v1', note('ours'), { settle: 0 })
    await attach(there.app, 'v1', note('theirs'), { settle: 0 })
    await copy(here.again(), 'v1', there.again(), quick)
    expect(await attached(there.again(), 'v1')).toHaveLength(2)
  })

  test('a tag of proposal D with another artifact is left as it is, and named', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const image = await pushImage(here.app)
    const { digest } = await attach(here.app, 'v1', note('ours'), { strategy: digestTags() })
    const tag = digestTag(image.digest, digest, 'sbom')
    const other = await pushImage(there.app, tag, 'something else')
    const report = await copy(here.again(), 'v1', there.app, quick)
    expect(report.complete).toBe(false)
    expect(report.losses).toEqual([
      expect.objectContaining({ digest, subject: image.digest, strategies: ['digest-tags'] }),
    ])
    expect((await headManifest(there.app, tag))?.digest).toBe(other.digest)
  })
})

describe('what the destination cannot keep', () => {
  test('is a loss, and the rest is copied', async () => {
    const [here, there] = [place('here.test'), place('there.test', { profile: 'distribution3' })]
    const { digest } = await pushImage(here.app)
    const node = await attach(here.app, 'v1', note('node'), { strategy: nodeManifest() })
    await attach(here.app, 'v1', note('plain'))
    const report = await copy(here.again(), 'v1', there.app, quick)
    expect(report.complete).toBe(false)
    expect(report.losses).toEqual([
      expect.objectContaining({
        digest: node.digest,
        subject: digest,
        strategies: ['node-manifest'],
        reason: expect.stringContaining('could not be linked as it was'),
        error: expect.any(Error),
      }),
    ])
    expect(report.referrers.map(({ status }) => status)).toEqual(['copied'])
    expect(await attached(there.again(), 'v1')).toHaveLength(1)
  })

  test('is linked as the caller says, with what that does not keep', async () => {
    const [here, there] = [place('here.test'), place('there.test', { profile: 'distribution3' })]
    await pushImage(here.app)
    const node = await attach(here.app, 'v1', note('node'), { strategy: nodeManifest() })
    const report = await copy(here.again(), 'v1', there.app, { ...quick, strategy: ociSubject() })
    expect(report.losses).toEqual([])
    expect(report.complete).toBe(true)
    const [{ status, as = [], digest } = { status: undefined, digest: undefined }] =
      report.referrers
    expect(status).toBe('relinked')
    expect(digest).toBe(node.digest)
    expect(as[0]!.artifactType).toBe(type)
    expect(await attached(there.again(), 'v1')).toEqual([
      expect.stringContaining(`${as[0]!.digest} `),
    ])
  })
})

test('one referrer whose blob is gone keeps no other from being copied', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  await pushImage(here.app)
  const broken = await attach(here.app, 'v1', note('broken'))
  const good = await attach(here.app, 'v1', note('good'))
  const below = await attach(here.app, broken.digest, note('of the broken one'))
  const { bytes } = await getManifest(here.app, broken.digest)
  const blob = JSON.parse(new TextDecoder().decode(bytes)).layers[0].digest as Digest
  await deleteBlob(here.app, blob)
  const report = await copy(here.again(), 'v1', there.app, { ...quick, depth: 2 })
  expect(report.complete).toBe(false)
  expect(report.referrers.map(({ digest }) => digest)).toEqual([good.digest])
  expect(report.losses).toEqual([
    expect.objectContaining({ digest: broken.digest, error: expect.any(Error) }),
    expect.objectContaining({ digest: below.digest, reason: expect.stringContaining('subject') }),
  ])
  expect(await headManifest(there.app, 'v1')).toBeDefined()
})

test('is not complete when a source could not be asked', async () => {
  const faults = [{ path: /\/referrers\//, answer: { status: 500 } }]
  const [here, there] = [place('here.test', { faults }), place('there.test')]
  await pushImage(here.app)
  await attach(here.app, 'v1', note('by a tag'), { strategy: digestTags() })
  const report = await copy(here.again(), 'v1', there.app, quick)
  expect(report.complete).toBe(false)
  expect(report.losses).toEqual([])
  expect(report.referrers).toHaveLength(1)
  expect(report.sources.some(({ status }) => status === 'failed')).toBe(true)
})

test('is not complete where there is more than it may follow', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  await pushImage(here.app)
  for (let i = 0; i < 5; i++) await attach(here.app, 'v1', note(`${i}`))
  const report = await copy(here.again(), 'v1', there.app, { ...quick, maxReferrers: 3 })
  expect(report.complete).toBe(false)
  expect(report.referrers.length).toBeGreaterThan(0)
})

test('takes only what the caller wants, with what leads to it', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  await pushImage(here.app)
  const sbom = await attach(here.app, 'v1', note('sbom'))
  await attach(here.app, 'v1', note('other', 'text/plain'))
  const signature = await attach(here.app, sbom.digest, note('signature', 'application/vnd.sig'))
  const report = await copy(here.again(), 'v1', there.app, {
    ...quick,
    depth: 2,
    referrers: ({ artifactType }) => artifactType === 'application/vnd.sig',
  })
  expect(report.referrers.map(({ digest }) => digest).sort()).toEqual(
    [sbom.digest, signature.digest].sort(),
  )
  expect(report.complete).toBe(true)
})

test('a subject that is its own referrer, and circles of tags, end', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  const image = await pushImage(here.app)
  const other = await pushImage(here.app, 'other', 'other')
  const tagAs = async (subject: Descriptor, artifact: Descriptor) => {
    const { bytes, descriptor } = await getManifest(here.app, artifact.digest)
    const tag = digestTag(subject.digest, artifact.digest, 'sbom')
    await putManifest(here.app, tag, bytes, { mediaType: descriptor.mediaType })
  }
  await tagAs(image, image)
  await tagAs(image, other)
  await tagAs(other, image)
  const report = await copy(here.again(), 'v1', there.app, {
    ...quick,
    depth: Number.POSITIVE_INFINITY,
  })
  expect(report.losses).toEqual([])
  expect(await attached(there.again(), 'v1')).toEqual(await attached(here.again(), 'v1'))
})

test('a dry run says what would be copied, and writes nothing', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  await pushImage(here.app)
  for (const strategy of [ociSubject(), digestTags()]) {
    await attach(here.app, 'v1', note('sbom'), { strategy })
  }
  const report = await copy(here.again(), 'v1', there.app, { ...quick, dryRun: true })
  expect(report.referrers.map(({ status }) => status)).toEqual(['copied', 'copied'])
  expect(report.manifests).toHaveLength(3)
  expect(there.wire.lines().filter((line) => !/^(HEAD|GET)/.test(line))).toEqual([])
})
