// What is peculiar to digest tags: where they are found, and whose they are.
import { describe, expect, test } from 'vitest'
import {
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  memoryStorage,
} from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  detach,
  digestOf,
  digestTag,
  hasReferrer,
  type ImageIndex,
  parseManifest,
  type Repository,
  referrers,
  referrersTag,
  repository,
} from '../../../src/index.ts'
import {
  deleteManifest,
  findManifest,
  getManifest,
  headManifest,
  listTags,
  putManifest,
} from '../../../src/registry/index.ts'
import {
  referenceEntry,
  referenceIndex,
} from '../../../src/strategies/digest-tags/reference-index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'
import { vector } from '../../model/_vectors.ts'

const strategy = digestTags()
const spdx = 'application/spdx+json'
const sbom = (text: string) => ({
  artifactType: spdx,
  blobs: [{ data: text, mediaType: spdx }],
})
const signature = { artifactType: 'application/vnd.cncf.notary.signature', annotations: { k: 'v' } }
const utf8 = (text: string) => new TextEncoder().encode(text)

type Bend = (request: Request, answer: () => Promise<Response>) => Promise<Response>

async function setUp(options: EmbeddedRegistryOptions = {}, bend?: Bend) {
  const registry = embeddedRegistry(options)
  const warnings: string[] = []
  const wire = recorded((request) =>
    bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request),
  )
  const app = repository('registry.test/team/app', {
    fetch: wire.fetch,
    retries: 0,
    onWarning: ({ message }) => warnings.push(message),
  })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(straight)
  return { app, straight, subject, wire, warnings }
}

const list = async (app: Repository, subject: string | Descriptor, given = strategy) =>
  (await all(referrers(app, subject, { strategy: given }))).map(({ digest }) => digest)

const tagsOf = async (app: Repository) => (await all(listTags(app))).filter((tag) => /\./.test(tag))

describe('describe()', () => {
  test("is the proposal's artifact, byte for byte", async () => {
    const { document } = vector('d-artifact')
    const { config, layers } = document as { config: Descriptor; layers: Descriptor[] }
    const manifest = await digestTags({ type: 'sig' }).describe(
      { digest: config.digest },
      { artifactType: config.mediaType, config, blobs: layers },
    )
    expect(JSON.stringify(manifest)).toBe(JSON.stringify(document))
  })

  test("makes the proposal's index of the same entries, byte for byte", () => {
    const { document } = vector('d-index')
    const [amd64, arm64, signed, inlined] = document.manifests as [
      Descriptor,
      Descriptor,
      Descriptor,
      Descriptor,
    ]
    const entry = ({ mediaType, digest, size }: Descriptor, type: string): Descriptor => ({
      mediaType,
      digest,
      size,
      annotations: { 'org.opencontainers.reference.type': type },
    })
    const made = [
      amd64,
      arm64,
      referenceEntry(entry(signed, 'sig'), amd64.digest),
      referenceEntry(entry(inlined, 'sbom'), arm64.digest, utf8('artifact')),
    ]
    const index = { ...referenceIndex(entry(signed, 'sig'), []), manifests: made }
    expect(JSON.stringify(index)).toBe(JSON.stringify(document))
  })

  test('gives an artifact without a config its type by that of an empty one', async () => {
    const manifest = await strategy.describe(
      { digest: `sha256:${'0'.repeat(64)}` as Digest },
      { artifactType: spdx, blobs: [], annotations: { a: 'b' } },
    )
    expect(manifest).toMatchObject({
      config: { mediaType: spdx, size: 2 },
      layers: [{ mediaType: 'application/vnd.oci.empty.v1+json' }],
      annotations: { 'org.opencontainers.reference.type': 'sbom', a: 'b' },
    })
    expect(manifest).not.toHaveProperty('subject')
    expect(manifest).not.toHaveProperty('artifactType')
  })

  test('keeps the type of an artifact whose config has another', async () => {
    const { app } = await setUp()
    const config = { data: '{"a":1}', mediaType: 'application/vnd.example.config+json' }
    await attach(app, 'v1', { ...sbom('x'), config }, { strategy })
    expect(await all(referrers(app, 'v1', { strategy }))).toMatchObject([{ artifactType: spdx }])
  })
})

describe('the type', () => {
  test.each([
    [spdx, 'sbom'],
    ['application/vnd.cyclonedx+json', 'sbom'],
    ['application/vnd.in-toto+json', 'att'],
    ['application/vnd.cncf.notary.signature', 'sig'],
    ['application/vnd.example.note', 'example.note'],
    ['application/vnd.example.note.v1+json', 'example.note.v1'],
    ['text/plain', 'plain'],
    ['application/json', 'json'],
  ])('of %s is %s', async (artifactType, type) => {
    const { app, straight, subject } = await setUp()
    const { digest } = await attach(app, 'v1', { artifactType }, { strategy })
    expect(await tagsOf(straight)).toEqual([digestTag(subject.digest, digest, type)])
  })

  test('is what the caller gives, and then only such are listed', async () => {
    const { app, straight, subject } = await setUp()
    const own = digestTags({ type: 'my.type_1' })
    const { digest } = await attach(app, 'v1', sbom('x'), { strategy: own })
    const other = await attach(app, 'v1', sbom('y'), { strategy })
    expect(await tagsOf(straight)).toContain(digestTag(subject.digest, digest, 'my.type_1'))
    expect(await list(app, 'v1', own)).toEqual([digest])
    expect((await list(app, 'v1')).sort()).toEqual([digest, other.digest].sort())
    expect(await hasReferrer(app, 'v1', { strategy, artifactType: spdx })).toBe(true)
  })

  test('that makes no tag is refused before anything is sent, and named', async () => {
    const { app, subject, wire } = await setUp()
    const long = `application/vnd.example.${'x'.repeat(40)}`
    await expect(
      attach(app, subject.digest, { artifactType: long }, { strategy }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: expect.stringContaining('artifact.artifactType'),
      message: expect.stringContaining('digestTags({ type })'),
    })
    expect(wire.lines()).toEqual([])
    const given = digestTags({ type: 'x' })
    await attach(app, subject.digest, { artifactType: long }, { strategy: given })
    for (const type of ['', 'x'.repeat(40), 'a b', 'a+b']) {
      expect(() => digestTags({ type })).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', path: 'type' }),
      )
    }
  })

  test('in an annotation of the artifact does not change the tag', async () => {
    const { app, straight } = await setUp()
    const annotations = { 'org.opencontainers.reference.type': 'sig' }
    await attach(app, 'v1', { ...sbom('x'), annotations }, { strategy })
    expect((await tagsOf(straight))[0]).toMatch(/\.sbom$/)
  })

  test('leaves tags of other types unread where the table tells them apart', async () => {
    const { app, subject, wire } = await setUp()
    await attach(app, subject.digest, sbom('x'), { strategy })
    await attach(app, subject.digest, signature, { strategy })
    wire.reset()
    const has = (artifactType: string, given = strategy) =>
      hasReferrer(app, subject.digest, { strategy: given, artifactType })
    expect(await has('application/vnd.in-toto+json')).toBe(false)
    expect(wire.lines()).toEqual(['GET /tags/list?n&last'])
    wire.reset()
    expect(await has(spdx)).toBe(true)
    expect(wire.lines()).toHaveLength(2)
    wire.reset()
    expect(await has('application/none', digestTags({ type: 'none' }))).toBe(false)
    expect(wire.lines()).toHaveLength(1)
    // Both are SBOMs: the tag does not tell.
    wire.reset()
    expect(await has('application/vnd.cyclonedx+json')).toBe(false)
    expect(wire.lines()).toHaveLength(2)
  })
})

describe('several subjects', () => {
  const setUpTwo = async (options: EmbeddedRegistryOptions = {}) => {
    const given = await setUp(options)
    const second = await pushImage(given.straight, 'v2', 'second')
    const absent = `sha256:${'5'.repeat(64)}` as Digest
    const both = digestTags({ subjects: [second.digest, absent] })
    const digests = [given.subject.digest, second.digest, absent]
    return { ...given, second, absent, both, digests }
  }

  test('are linked at once through one index, with a tag each', async () => {
    const { app, straight, both, digests } = await setUpTwo()
    const attached = await attach(app, 'v1', sbom('x'), { strategy: both })
    expect(attached).toMatchObject({
      confirmed: true,
      via: [{ strategy: 'digest-tags', source: 'index-at-digest-tag', kept: 'tag' }],
    })
    const tags = digests.map((digest) => digestTag(digest, attached.digest, 'sbom'))
    expect(await tagsOf(straight)).toEqual(tags.toSorted())
    const stored = await Promise.all(tags.map((tag) => getManifest(straight, tag)))
    expect(new Set(stored.map(({ descriptor }) => descriptor.digest)).size).toBe(1)
    const index = parseManifest(stored[0]!.bytes, stored[0]!.descriptor.mediaType) as ImageIndex
    expect(index.manifests).toEqual(
      digests.map((digest) => ({
        mediaType: attached.mediaType,
        digest: attached.digest,
        size: attached.size,
        artifactType: spdx,
        platform: { os: 'unknown' },
        annotations: {
          'org.opencontainers.reference': digest,
          'org.opencontainers.reference.type': 'sbom',
        },
      })),
    )
    for (const digest of digests) expect(await list(app, digest)).toEqual([attached.digest])
  })

  test('are listed by the index alone, without the artifact', async () => {
    const { app, both, second, wire } = await setUpTwo()
    await attach(app, 'v1', { ...sbom('x'), annotations: { a: 'b' } }, { strategy: both })
    wire.reset()
    const ask = { strategy, artifactType: spdx, annotations: { a: 'b' } }
    expect(await all(referrers(app, second.digest, ask))).toMatchObject([
      { artifactType: spdx, subject: { digest: second.digest } },
    ])
    expect(wire.lines()).toHaveLength(2)
    const verified = { ...ask, verify: true }
    expect(await all(referrers(app, second.digest, verified))).toMatchObject([{ confirmed: true }])
  })

  test('take small artifacts into the index', async () => {
    const { app, straight, subject, second } = await setUpTwo()
    for (const [inline, inlined] of [
      [4096, true],
      [10, false],
    ] as const) {
      const given = digestTags({ subjects: [second.digest], inline })
      const { digest } = await attach(app, 'v1', sbom(`${inline}`), { strategy: given })
      const index = await getManifest(straight, digestTag(subject.digest, digest, 'sbom'))
      const { manifests } = parseManifest(index.bytes, index.descriptor.mediaType) as ImageIndex
      const { bytes } = await getManifest(straight, digest)
      const data = inlined ? Buffer.from(bytes).toString('base64') : undefined
      expect(manifests.map((entry) => entry.data)).toEqual([data, data])
    }
  })

  test('take an artifact whose manifest is large into the index too', async () => {
    const { app, second } = await setUpTwo()
    const given = digestTags({ subjects: [second.digest], inline: 300_000 })
    const annotations = { text: 'é'.repeat(100_000) }
    const { digest } = await attach(app, 'v1', { ...sbom('x'), annotations }, { strategy: given })
    expect(await list(app, second)).toEqual([digest])
  })

  test('that are named twice are linked once, and those that are no digests are refused', async () => {
    const { app, straight, subject } = await setUpTwo()
    const given = digestTags({ subjects: [subject.digest] })
    await attach(app, 'v1', sbom('x'), { strategy: given })
    expect(await tagsOf(straight)).toHaveLength(1)
    expect(() => digestTags({ subjects: [subject.digest, 'v1'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_DIGEST', path: 'subjects[1]' }),
    )
  })

  test('lose the link one by one, and the artifact with the last', async () => {
    const { app, straight, both, digests, warnings } = await setUpTwo()
    const { digest } = await attach(app, 'v1', sbom('x'), { strategy: both })
    const deleted: boolean[] = []
    for (const [i, subject] of digests.entries()) {
      deleted.push((await detach(app, subject, digest, { strategy })).deleted)
      expect(await list(app, subject)).toEqual([])
      for (const other of digests.slice(i + 1)) expect(await list(app, other)).toEqual([digest])
    }
    expect(deleted).toEqual([false, false, true])
    expect(warnings).toHaveLength(2)
    expect(await tagsOf(straight)).toEqual([])
    expect(await findManifest(straight, digest)).toBeUndefined()
  })
})

describe('a subject whose digest is longer than a tag', () => {
  const sha512 = async (text: string) => await digestOf(utf8(text), 'sha512')

  test('is linked through an index, where the whole digest is', async () => {
    const { app, warnings } = await setUp()
    const subject = await sha512('x')
    const attached = await attach(app, subject, sbom('x'), { strategy })
    expect(attached.via).toMatchObject([{ source: 'index-at-digest-tag' }])
    // Another digest that begins with the same 64 characters has the same tags.
    const alike = `${subject.slice(0, -1)}${subject.endsWith('0') ? '1' : '0'}` as Digest
    expect(await list(app, subject)).toEqual([attached.digest])
    expect(await list(app, alike)).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('left out')])
    await expect(detach(app, alike, attached.digest, { strategy })).rejects.toMatchObject({
      path: 'referrer',
    })
    expect(await list(app, subject)).toEqual([attached.digest])
  })

  test('is not what an index is about whose entries refer to another that begins alike', async () => {
    const { app, straight, warnings } = await setUp()
    const subject = await sha512('x')
    const alike = `${subject.slice(0, -1)}${subject.endsWith('0') ? '1' : '0'}` as Digest
    const artifact = await pushImage(straight, 'artifact', 'artifact')
    const index = referenceIndex(artifact, [subject])
    const { descriptor } = await putManifest(straight, undefined, index)
    const tag = digestTag(alike, descriptor.digest, 'sbom')
    await putManifest(straight, tag, index)
    expect(await list(app, alike)).toEqual([])
    expect(warnings).toEqual([expect.stringContaining(tag)])
    expect(await list(app, subject)).toEqual([artifact.digest])
  })

  test('is not confirmed by an artifact at the tag itself, as others write it', async () => {
    const { app, straight } = await setUp()
    const subject = await sha512('x')
    const image = await pushImage(straight, 'artifact', 'artifact')
    const { bytes, descriptor } = await getManifest(straight, image.digest)
    await putManifest(straight, digestTag(subject, image.digest, 'sbom'), bytes, {
      mediaType: descriptor.mediaType,
    })
    expect(await all(referrers(app, subject, { strategy }))).toMatchObject([
      { digest: image.digest, confirmed: false },
    ])
  })
})

describe('tags that others wrote', () => {
  test('may lead to the index of a whole release: each yields its own artifact', async () => {
    const { app, straight, subject } = await setUp()
    const other = await pushImage(straight, 'v2', 'other')
    const put = async (text: string) => {
      const { digest } = await attach(straight, `sha256:${'9'.repeat(64)}`, sbom(text), {
        strategy,
      })
      return (await headManifest(straight, digest))!
    }
    const [one, two, three] = [await put('1'), await put('2'), await put('3')]
    const annotated = { 'org.opencontainers.reference.type': 'sbom' }
    const entry = (artifact: Descriptor, of: Descriptor) =>
      referenceEntry({ ...artifact, annotations: annotated }, of.digest)
    const index: ImageIndex = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...subject, platform: { os: 'linux', architecture: 'amd64' } },
        { ...other, platform: { os: 'linux', architecture: 'arm64' } },
        entry(one, subject),
        entry(two, subject),
        entry(three, other),
      ],
    }
    const { descriptor } = await putManifest(straight, 'release', index)
    for (const [artifact, of] of [
      [one, subject],
      [two, subject],
      [three, other],
    ] as const) {
      await putManifest(straight, digestTag(of.digest, artifact.digest, 'sbom'), index)
    }
    expect((await list(app, subject)).sort()).toEqual([one.digest, two.digest].sort())
    expect(await list(app, other)).toEqual([three.digest])
    expect(await all(referrers(app, other, { strategy, artifactType: spdx }))).toHaveLength(1)

    // By the hash of the index itself: all that is in it for this subject.
    const late = await pushImage(straight, 'v3', 'late')
    const more = { ...index, manifests: [entry(one, late), entry(two, late)] }
    const pushed = await putManifest(straight, undefined, more)
    await putManifest(straight, digestTag(late.digest, pushed.descriptor.digest, 'x'), more)
    expect((await list(app, late)).sort()).toEqual([one.digest, two.digest].sort())

    // One artifact goes; the index and the other one stay.
    await detach(app, subject, one.digest, { strategy })
    expect(await list(app, subject)).toEqual([two.digest])
    expect(await headManifest(straight, descriptor.digest)).toBeDefined()
  })

  test.each([['another artifact', `sha256:${'a'.repeat(64)}` as Digest]])(
    'and name %s than they lead to are left out, with a warning',
    async (_, artifact) => {
      const { app, straight, subject, warnings } = await setUp()
      const { bytes, descriptor } = await getManifest(straight, 'v1')
      const tag = digestTag(subject.digest, artifact, 'sbom')
      await putManifest(straight, tag, bytes, { mediaType: descriptor.mediaType })
      expect(await list(app, 'v1')).toEqual([])
      expect(warnings).toEqual([expect.stringContaining(tag)])
      await expect(detach(app, 'v1', subject.digest, { strategy })).rejects.toMatchObject({
        path: 'referrer',
      })
    },
  )

  test('and lead to an index without this subject are left out, with a warning', async () => {
    const { app, straight, subject, warnings } = await setUp()
    const { digest, mediaType, size } = subject
    const index = referenceIndex({ digest, mediaType, size }, [
      `sha256:${'7'.repeat(64)}` as Digest,
    ])
    await putManifest(straight, digestTag(subject.digest, subject.digest, 'sbom'), index)
    expect(await list(app, 'v1')).toEqual([])
    expect(warnings).toHaveLength(1)
  })

  test('in the other two spellings are not looked at', async () => {
    const { app, straight, subject, wire } = await setUp({ referrersApi: false })
    await attach(straight, 'v1', sbom('oci'), { strategy: ociSubject(), settle: 0 })
    const { bytes, descriptor } = await getManifest(straight, 'v1')
    for (const suffix of ['sig', 'att', 'sbom']) {
      await putManifest(straight, `${referrersTag(subject.digest)}.${suffix}`, bytes, {
        mediaType: descriptor.mediaType,
      })
    }
    wire.reset()
    expect(await list(app, subject.digest)).toEqual([])
    expect(wire.lines()).toEqual(['GET /tags/list?n&last'])
  })

  test('and vanish while they are read are left out', async () => {
    const { app, straight, warnings } = await setUp({}, async (request, answer) => {
      const link = /manifests\/(sha256-\w+\.\w+\.\w+)/.exec(request.url)?.[1]
      if (request.method === 'GET' && link) await deleteManifest(straight, link)
      return answer()
    })
    await attach(straight, 'v1', sbom('x'), { strategy })
    expect(await list(app, 'v1')).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('is gone')])
  })
})

describe('an index that lists its artifacts', () => {
  const via = [{ strategy: 'digest-tags', source: 'index-entry', kept: 'entry' }]
  const everywhere = { strategy, everywhere: true }
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

  /** The proposal's index, of an image and artifacts that are there. */
  async function setUpIndex(bend?: Bend) {
    const given = await setUp({}, bend)
    const { straight, wire } = given
    const made = await Promise.all(
      ['amd64', 'arm64', 'sig', 'sbom'].map((name) => pushImage(straight, name, name)),
    )
    const [amd64, arm64, signature, inlined] = made as [
      Descriptor,
      Descriptor,
      Descriptor,
      Descriptor,
    ]
    const data = base64((await getManifest(straight, 'sbom')).bytes)
    const text = JSON.stringify(vector('d-index').document)
      .replace('YXJ0aWZhY3Q=', data)
      .replaceAll('01'.repeat(32), amd64.digest.slice(7))
      .replaceAll('02'.repeat(32), arm64.digest.slice(7))
      .replaceAll('a0'.repeat(32), signature.digest.slice(7))
      .replaceAll('b0'.repeat(32), inlined.digest.slice(7))
    const document = JSON.parse(text) as ImageIndex
    const manifests = document.manifests.map((entry, i) => ({ ...entry, size: made[i]!.size }))
    const index: ImageIndex = { ...document, manifests }
    const put = async (tag: string, manifests: readonly Descriptor[]) =>
      (await putManifest(straight, tag, { ...index, manifests })).descriptor
    const pushed = await put('multi', manifests)
    wire.reset()
    return { ...given, index: pushed, manifests, amd64, arm64, signature, inlined, put }
  }

  test('is read when asked to look everywhere: what refers to its platforms, in 2 round trips', async () => {
    const { app, wire, index, amd64, arm64, signature, inlined } = await setUpIndex()
    expect(await all(referrers(app, index.digest, { strategy }))).toEqual([])
    expect(wire.lines()).toEqual(['GET /tags/list?n&last'])
    wire.reset()
    expect(await all(referrers(app, index.digest, everywhere))).toMatchObject([
      { digest: signature.digest, subject: { digest: amd64.digest }, via, confirmed: true },
      { digest: inlined.digest, subject: { digest: arm64.digest }, via },
    ])
    // What is inlined is not fetched.
    expect(wire.lines().sort()).toEqual(
      [
        'GET /tags/list?n',
        `GET /manifests/${index.digest.slice(0, 15)}`,
        `GET /manifests/${signature.digest.slice(0, 15)}`,
      ].sort(),
    )
    expect(await all(referrers(app, amd64.digest, everywhere))).toEqual([])
  })

  test('is read for one of its platforms where it is told by tag or digest', async () => {
    const { app, index, amd64, arm64, signature, inlined } = await setUpIndex()
    for (const given of ['multi', index.digest]) {
      const told = digestTags({ index: given })
      expect(await list(app, amd64, told)).toEqual([signature.digest])
      expect(await list(app, arm64, told)).toEqual([inlined.digest])
      expect(await list(app, index, told)).toEqual([signature.digest, inlined.digest])
    }
    expect(await list(app, index, digestTags({ index: 'amd64' }))).toEqual([])
    const none = digestTags({ index: 'none' })
    await expect(list(app, index, none)).rejects.toMatchObject({ status: 404 })
    expect(() => digestTags({ index: 'a b' })).toThrow(expect.objectContaining({ path: 'index' }))
  })

  test('is filtered by the short type, the type and annotations', async () => {
    const { app, index, signature, inlined } = await setUpIndex()
    const sig = digestTags({ type: 'sig', index: 'multi' })
    expect(await list(app, index, sig)).toEqual([signature.digest])
    const annotations = { 'org.opencontainers.reference.type': 'sbom' }
    const found = await all(referrers(app, index, { ...everywhere, annotations }))
    expect(found).toMatchObject([{ digest: inlined.digest }])
    const artifactType = 'application/vnd.oci.image.config.v1+json'
    const other = { ...everywhere, artifactType: 'application/none' }
    expect(await all(referrers(app, index, { ...everywhere, artifactType }))).toHaveLength(2)
    expect(await all(referrers(app, index, other))).toEqual([])
  })

  test('gives only what refers to something in it, or to its own subject', async () => {
    const { app, straight, subject, manifests, amd64, arm64, signature } = await setUpIndex()
    const elsewhere = `sha256:${'7'.repeat(64)}` as Digest
    const { mediaType, size, digest } = signature
    const artifact = { mediaType, size, digest }
    const index: ImageIndex = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      subject,
      manifests: [
        ...manifests.slice(0, 2),
        ...[amd64.digest, arm64.digest, subject.digest, elsewhere].map((of) =>
          referenceEntry(artifact, of),
        ),
      ],
    }
    await putManifest(straight, 'other', index)
    const found = await all(referrers(app, 'other', everywhere))
    expect(found.map((one) => one.subject.digest)).toEqual([
      amd64.digest,
      arm64.digest,
      subject.digest,
    ])
  })

  test('keeps what refers to another artifact of it apart from what refers to its images', async () => {
    const { app, put, manifests, amd64, signature, inlined } = await setUpIndex()
    const { mediaType, size, digest } = inlined
    const ofSignature = referenceEntry({ mediaType, size, digest }, signature.digest)
    await put('signed', [...manifests, ofSignature])
    const found = await all(referrers(app, 'signed', everywhere))
    expect(found.map((one) => one.subject.digest)).not.toContain(signature.digest)
    expect(found.map((one) => one.subject.digest)).toContain(amd64.digest)
  })

  test('tells of platforms in an index that it lists', async () => {
    const { app, put, index: inner, amd64, signature } = await setUpIndex()
    const { mediaType, size, digest } = signature
    const artifact = referenceEntry({ mediaType, size, digest }, amd64.digest)
    await put('outer', [inner, artifact])
    expect(await all(referrers(app, 'outer', everywhere))).toMatchObject([
      { digest, subject: { digest: amd64.digest }, via },
    ])
  })

  test('leaves what refers to an artifact in it to that artifact', async () => {
    const { app, straight, put, index: inner, amd64, signature } = await setUpIndex()
    const { mediaType, size, digest } = signature
    const artifact = referenceEntry({ mediaType, size, digest }, amd64.digest)
    const countersigned = referenceEntry(await pushImage(straight, 'other', 'other'), digest)
    await put('outer', [inner, artifact, countersigned])
    expect(await all(referrers(app, 'outer', everywhere))).toMatchObject([
      { digest, subject: { digest: amd64.digest } },
    ])
    const index = digestTags({ index: 'outer' })
    expect(await list(app, digest, index)).toEqual([countersigned.digest])
  })

  test('that is the artifact itself may list what it likes', async () => {
    const { app, straight, index, amd64 } = await setUpIndex()
    const { bytes, descriptor } = await getManifest(straight, index.digest)
    await putManifest(straight, digestTag(amd64.digest, index.digest, 'set'), bytes, {
      mediaType: descriptor.mediaType,
    })
    expect(await list(app, amd64.digest, digestTags({ type: 'set' }))).toEqual([
      // Its entry for this platform, by the index's own hash.
      expect.stringMatching(/^sha256:/),
    ])
    const other = `sha256:${'8'.repeat(64)}` as Digest
    await putManifest(straight, digestTag(other, index.digest, 'set'), bytes, {
      mediaType: descriptor.mediaType,
    })
    expect(await list(app, other)).toEqual([index.digest])
  })

  test('and tags that say the same give each artifact once', async () => {
    const { app, straight, index, amd64, signature } = await setUpIndex()
    const { bytes, descriptor } = await getManifest(straight, signature.digest)
    await putManifest(straight, digestTag(amd64.digest, signature.digest, 'sig'), bytes, {
      mediaType: descriptor.mediaType,
    })
    expect(await list(app, amd64, digestTags({ index: index.digest }))).toEqual([signature.digest])
  })

  test('may hold an artifact that is nowhere else, and nothing that is not what it says', async () => {
    const { app, straight, index, manifests, amd64, arm64, inlined, put, warnings } =
      await setUpIndex()
    // A registry that allows it: the index stays when the artifact is deleted.
    await deleteManifest(straight, inlined.digest)
    expect(await list(app, arm64, digestTags({ index: index.digest }))).toEqual([inlined.digest])
    expect(warnings).toEqual([])

    await pushImage(straight, 'sbom', 'sbom')
    const { bytes } = await getManifest(straight, 'amd64')
    const entry = manifests.at(-1)!
    for (const data of [base64(bytes), '*', '', entry.data!.slice(4)]) {
      const annotations = { 'org.opencontainers.reference': amd64.digest, data }
      const { digest } = await put('v9', [amd64, { ...entry, data, annotations }])
      expect(
        await all(
          referrers(app, amd64, { strategy: digestTags({ index: digest }), annotations: { data } }),
        ),
      ).toMatchObject([{ digest: inlined.digest }])
    }
    await deleteManifest(straight, inlined.digest)
    expect(await list(app, amd64, digestTags({ index: 'v9' }))).not.toContain(inlined.digest)
    expect(warnings).toEqual([expect.stringContaining('is gone')])
  })

  test('is an error when it cannot be read, and never "none"', async () => {
    let fails = false
    const { app, index } = await setUpIndex(async (request, answer) =>
      fails && request.url.includes('/manifests/sha256:')
        ? new Response('', { status: 500 })
        : answer(),
    )
    fails = true
    await expect(all(referrers(app, index.digest, everywhere))).rejects.toMatchObject({
      status: 500,
    })
  })
})

test.each([
  ['application/vnd.in-toto.spdx+json', 'sbom'],
  ['application/vnd.syft.scan', 'sig'],
])('a filter on %s skips no tag that may be its, such as .%s', async (artifactType, type) => {
  const { app, subject } = await setUp()
  const artifact = { artifactType, annotations: { a: 'b' } }
  await attach(app, subject, artifact, { strategy: digestTags({ type }) })
  expect(await hasReferrer(app, subject, { strategy: digestTags(), artifactType })).toBe(true)
})

describe('tags that cannot be written again', () => {
  test('take the same artifact again', async () => {
    const manifests = { movableTags: false }
    const profile = { name: 'x', source: 'x', date: '2026-11', settings: { manifests } }
    const { app, subject } = await setUp({ profile })
    const first = await attach(app, 'v1', sbom('x'), { strategy })
    const other = `sha256:${'7'.repeat(64)}`
    const several = digestTags({ subjects: [other] })
    expect(await attach(app, 'v1', sbom('x'), { strategy })).toEqual(first)
    // An index there instead: the tag is taken.
    await expect(attach(app, 'v1', sbom('x'), { strategy: several })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE',
    })
    expect(await list(app, subject)).toEqual([first.digest])
  })

  test('even where every second push is refused', async () => {
    let pushed = false
    const { app } = await setUp({}, async (request, answer) => {
      if (request.method !== 'PUT' || !request.url.includes('.sbom')) return answer()
      if (pushed) return Response.json({ errors: [{ code: 'TAG_INVALID' }] }, { status: 400 })
      pushed = true
      return answer()
    })
    const first = await attach(app, 'v1', sbom('x'), { strategy })
    expect(await attach(app, 'v1', sbom('x'), { strategy })).toEqual(first)
    await expect(attach(app, 'v1', sbom('y'), { strategy })).rejects.toMatchObject({ status: 400 })
  })
})

describe('withdrawing', () => {
  test('leaves an artifact that another subject has too', async () => {
    const { app, straight, subject, warnings } = await setUp()
    const other = await pushImage(straight, 'v2', 'other')
    const one = await attach(app, 'v1', sbom('x'), { strategy })
    const two = await attach(app, 'v2', sbom('x'), { strategy })
    expect(two.digest).toBe(one.digest)
    expect(await detach(app, 'v1', one.digest, { strategy })).toMatchObject({ deleted: false })
    expect(warnings).toEqual([expect.stringContaining('its manifest stays')])
    expect(await list(app, subject)).toEqual([])
    expect(await list(app, other)).toEqual([one.digest])
    expect(await detach(app, 'v2', one.digest, { strategy })).toMatchObject({ deleted: true })
    expect(await findManifest(straight, one.digest)).toBeUndefined()
  })

  describe('where tags cannot be deleted', () => {
    const profile = 'distribution2' as const

    test('deletes by digest', async () => {
      const { app, straight } = await setUp({ profile })
      const one = await attach(app, 'v1', sbom('1'), { strategy })
      const two = await attach(app, 'v1', sbom('2'), { strategy })
      expect(await detach(app, 'v1', one.digest, { strategy })).toMatchObject({
        deleted: true,
        confirmed: true,
      })
      expect(await list(app, 'v1')).toEqual([two.digest])
      expect(await tagsOf(straight)).toHaveLength(1)
    })

    test('refuses where that would take the link of another subject, and changes nothing', async () => {
      const { app, straight, subject } = await setUp({ profile })
      const other = await pushImage(straight, 'v2', 'other')
      const { digest } = await attach(app, 'v1', sbom('x'), { strategy })
      await attach(app, 'v2', sbom('x'), { strategy })
      await expect(detach(app, 'v1', digest, { strategy })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        missing: ['delete'],
        message: expect.stringContaining(referrersTag(other.digest)),
      })
      expect(await list(app, subject)).toEqual([digest])
      expect(await list(app, other)).toEqual([digest])
    })

    test('refuses so for an index too, and deletes it for its only subject', async () => {
      const { app, straight, subject } = await setUp({ profile })
      const other = await pushImage(straight, 'v2', 'other')
      const both = digestTags({ subjects: [other.digest] })
      const { digest } = await attach(app, 'v1', sbom('x'), { strategy: both })
      await expect(detach(app, 'v1', digest, { strategy })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
      })
      expect(await list(app, other)).toEqual([digest])
      expect(await list(app, subject)).toEqual([digest])
    })
  })

  test("leaves another artifact's tag alone, and does not read what it leads to", async () => {
    const { app, straight, wire } = await setUp()
    const other = await attach(app, 'v1', sbom('other'), { strategy })
    const { digest } = await attach(app, 'v1', sbom('x'), { strategy: ociSubject() })
    wire.reset()
    await expect(detach(app, 'v1', digest, { strategy })).rejects.toMatchObject({
      path: 'referrer',
      message: expect.stringContaining('by a digest tag'),
    })
    expect(wire.lines().filter((line) => line.includes(other.digest))).toEqual([])
    expect(await list(straight, 'v1')).toEqual([other.digest])
  })

  test("leaves another artifact's tag alone where its index lists both", async () => {
    const { app, straight, subject } = await setUp()
    const put = async (text: string) => {
      const { digest } = await attach(straight, 'v1', sbom(text), { strategy: ociSubject() })
      return (await headManifest(straight, digest))!
    }
    const [one, two] = [await put('1'), await put('2')]
    const manifests = [one, two].map((entry) => referenceEntry(entry, subject.digest))
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const index: ImageIndex = { schemaVersion: 2, mediaType, manifests }
    await putManifest(straight, digestTag(subject.digest, two.digest, 'sbom'), index)
    await expect(detach(app, 'v1', one.digest, { strategy })).rejects.toMatchObject({
      path: 'referrer',
    })
    expect(await list(straight, 'v1')).toEqual([two.digest])
  })

  test('says so where nothing can be deleted', async () => {
    const { app } = await setUp({ deletes: false })
    const { digest } = await attach(app, 'v1', sbom('x'), { strategy })
    await expect(detach(app, 'v1', digest, { strategy })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('the link stays'),
    })
    expect(await list(app, 'v1')).toEqual([digest])
  })
})

describe('many', () => {
  test('attach at once without reading anything, and nobody loses a link', async () => {
    const { fetch } = embeddedRegistry({ conditional: false })
    const subject = await pushImage(repository('registry.test/team/app', { fetch }))
    const lines: string[] = []
    const process = () => {
      const wire = recorded(fetch)
      const app = repository('registry.test/team/app', { fetch: wire.fetch })
      return { app, wire }
    }
    const attached = await Promise.all(
      Array.from({ length: 8 }, async (_, p) => {
        const { app, wire } = process()
        const own = []
        for (let i = 0; i < 4; i++) {
          own.push(await attach(app, subject.digest, sbom(`${p}/${i}`), { strategy }))
        }
        lines.push(...wire.lines())
        return own.map(({ digest }) => digest)
      }),
    )
    expect(lines.filter((line) => /^(GET|HEAD)/.test(line))).toEqual([])
    expect((await list(process().app, subject.digest)).sort()).toEqual(attached.flat().sort())
  })

  test('tags in a repository: links of one subject among 100 000 in 2 requests at most', async () => {
    const storage = memoryStorage()
    const registry = embeddedRegistry({ storage })
    const repo = repository('registry.test/team/app', { fetch: registry.fetch })
    const subject = await pushImage(repo)
    const { digest } = await attach(repo, subject, sbom('x'), { strategy })
    const hex = (i: number) => ((i * 42_949) % 2 ** 32).toString(16).padStart(8, '0').repeat(8)
    const tags = Array.from({ length: 100_000 }, (_, i) =>
      i % 2 ? `build-${i}` : digestTag(`sha256:${hex(i)}` as Digest, subject.digest, 'sbom'),
    )
    const manifests = storage.repository('team/app')
    await manifests.putManifest((await manifests.findManifest(subject.digest))!, tags, [])
    const wire = recorded(registry.fetch)
    const app = repository('registry.test/team/app', { fetch: wire.fetch })
    expect(await list(app, subject.digest)).toEqual([digest])
    expect(wire.lines()).toEqual([
      'GET /tags/list?n&last',
      expect.stringMatching(/^GET \/manifests\/sha256-.*\.sbom$/),
    ])
    // Cosign's are read by their names, so that no other tag counts.
    const { digest: signature } = await attach(repo, subject, sbom('x'), { strategy: cosignTags() })
    wire.reset()
    const cosigned = await all(referrers(app, subject, { strategy: cosignTags() }))
    expect(cosigned.map((one) => one.digest)).toEqual([signature])
    expect(wire.lines()).toEqual(
      ['sig', 'att', 'sbom'].map((suffix) => expect.stringMatching(`^GET .*\\.${suffix}$`)),
    )
    for (const seek of ['unknown', 'supported'] as const) {
      wire.reset()
      const fresh = repository('registry.test/team/app', {
        fetch: wire.fetch,
        capabilities: { tagSeek: seek },
      })
      expect(await list(fresh, `sha256:${'8'.repeat(64)}`)).toEqual([])
      expect(wire.lines()).toHaveLength(seek === 'unknown' ? 2 : 1)
    }
  }, 60_000)
})
