// What is peculiar to proposal F's index: what comes first in it, and whose tag it is.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  detach,
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
  putManifest,
} from '../../../src/registry/index.ts'
import { indexAnnotations, ociSubject } from '../../../src/strategies/index.ts'
import { annotatedIndexOf } from '../../../src/strategies/index-annotations/document.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'
import { vector } from '../../model/_vectors.ts'

const strategy = indexAnnotations()
const alone = { strategy, settle: 0 }
const INDEX = 'application/vnd.oci.image.index.v1+json'
const spdx = 'application/spdx+json'
const sbom = (text: string) => ({ artifactType: spdx, blobs: [{ data: text, mediaType: spdx }] })
const keys = {
  type: 'org.opencontainers.reference.type',
  digest: 'org.opencontainers.reference.digest',
  description: 'org.opencontainers.reference.description',
}

async function setUp(options: EmbeddedRegistryOptions = {}) {
  const { fetch } = embeddedRegistry(options)
  const warnings: string[] = []
  const another = () =>
    repository('registry.test/team/app', {
      fetch: (request) => fetch(request),
      onWarning: ({ message }) => warnings.push(message),
    })
  const straight = repository('registry.test/team/app', { fetch })
  return { app: another(), another, straight, warnings, subject: await pushImage(straight) }
}

/** Pushes an image for two platforms at a tag. */
async function pushPlatforms(repo: Repository, tag: string) {
  const platforms = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) => ({
      ...(await pushImage(repo, architecture, architecture)),
      platform: { os: 'linux', architecture },
    })),
  )
  const attestation = {
    ...(await pushImage(repo, 'attestation', 'attestation')),
    platform: { os: 'unknown', architecture: 'unknown' },
  }
  const manifests = [...platforms, attestation]
  const index: ImageIndex = { schemaVersion: 2, mediaType: INDEX, manifests }
  return { index: (await putManifest(repo, tag, index)).descriptor, platforms }
}

async function readIndex(repo: Repository, subject: { readonly digest: Digest }) {
  const { bytes, descriptor } = await getManifest(repo, referrersTag(subject.digest))
  return parseManifest(bytes, descriptor.mediaType) as ImageIndex
}

const list = async (repo: Repository, subject: string | Descriptor) =>
  (await all(referrers(repo, subject, { strategy }))).map(({ digest }) => digest)

describe('what is written', () => {
  test("is an entry with the proposal's annotations, byte for byte", async () => {
    const { document } = vector('f-descriptor')
    const { mediaType, digest, size, annotations } = document as unknown as Descriptor
    const manifest = await strategy.describe(
      { digest: annotations![keys.digest] as Digest },
      {
        artifactType: spdx,
        blobs: [],
        annotations: { [keys.description]: annotations![keys.description]! },
      },
    )
    const entry = {
      mediaType,
      digest,
      size,
      ...('annotations' in manifest && { annotations: manifest.annotations }),
    }
    expect(JSON.stringify(entry)).toBe(JSON.stringify(document))
  })

  test("is the proposal's index, byte for byte, whatever comes first", async () => {
    const { straight } = await setUp()
    const { document } = vector('f-reference-index')
    const [index, arm64, amd64, ...artifacts] = document.manifests as Descriptor[]
    const entries = [...artifacts, arm64!, index!, amd64!]
    const { encode } = annotatedIndexOf(index!.digest)
    const { bytes } = await encode(straight, undefined, entries, new AbortController().signal)
    expect(new TextDecoder().decode(bytes)).toBe(JSON.stringify(document))
  })

  test('lists the subject, then its platforms, then the artifacts', async () => {
    const { app, straight } = await setUp()
    const { index, platforms } = await pushPlatforms(straight, 'multi')
    const one = await attach(app, 'multi', sbom('1'), alone)
    const two = await attach(app, 'multi', { ...sbom('2'), annotations: { a: 'b' } }, alone)
    const { manifests } = await readIndex(straight, index)
    const entry = ({ mediaType, digest, size }: Descriptor, more: object = {}) => ({
      mediaType,
      digest,
      size,
      artifactType: spdx,
      annotations: { [keys.type]: 'sbom', [keys.digest]: index.digest, ...more },
    })
    expect(manifests).toEqual([index, ...platforms, entry(one), entry(two, { a: 'b' })])
    expect(await list(app, 'multi')).toEqual([one.digest, two.digest])
  })

  test('describes an artifact as its own description says', async () => {
    const { app, straight, subject } = await setUp()
    const annotations = { 'org.opencontainers.image.description': 'What is in it' }
    await attach(app, 'v1', { ...sbom('x'), annotations }, alone)
    const { manifests } = await readIndex(straight, subject)
    expect(manifests[1]?.annotations).toMatchObject({ [keys.description]: 'What is in it' })
  })

  test('gives two subjects two manifests of the same content: neither loses it with the other', async () => {
    const { app, straight } = await setUp()
    await pushImage(straight, 'v2', 'other')
    const one = await attach(app, 'v1', sbom('x'), alone)
    const two = await attach(app, 'v2', sbom('x'), alone)
    expect(one.digest).not.toBe(two.digest)
    await detach(app, 'v1', one.digest, alone)
    expect(await list(app, 'v2')).toEqual([two.digest])
    expect(await all(referrers(app, 'v2', { strategy, verify: true }))).toHaveLength(1)
  })

  test('does without a subject that is not there, and has it once it is', async () => {
    const { app, straight } = await setUp()
    const elsewhere = embeddedRegistry()
    const later = await pushImage(
      repository('other.test/app', { fetch: elsewhere.fetch }),
      'v3',
      'later',
    )
    const early = await attach(app, later.digest, sbom('early'), alone)
    expect((await readIndex(straight, later)).manifests.map((e) => e.digest)).toEqual([
      early.digest,
    ])
    await pushImage(straight, 'v3', 'later')
    const late = await attach(app, 'v3', sbom('late'), alone)
    expect((await readIndex(straight, later)).manifests.map((e) => e.digest)).toEqual([
      later.digest,
      early.digest,
      late.digest,
    ])
  })

  test('can be added to and taken from after the subject was deleted', async () => {
    const { app, another, straight, subject } = await setUp()
    const one = await attach(app, 'v1', sbom('1'), alone)
    await deleteManifest(straight, subject.digest)
    const two = await attach(another(), subject.digest, sbom('2'), alone)
    expect(await list(app, subject.digest)).toEqual([one.digest, two.digest])
    await detach(another(), subject.digest, one.digest, alone)
    expect(await list(app, subject.digest)).toEqual([two.digest])
  })

  test('keeps what others wrote there: entries, their annotations and unknown fields', async () => {
    const { app, straight, subject } = await setUp()
    const artifact = await pushImage(straight, 'artifact', 'artifact')
    const manifests = [
      { ...subject, annotations: { 'org.favorite.icecream': 'banana' } },
      { ...artifact, annotations: { [keys.digest]: subject.digest } },
    ]
    const index = { schemaVersion: 2, mediaType: INDEX, manifests, 'x-unknown': [1] } as ImageIndex
    await putManifest(straight, referrersTag(subject.digest), index)
    const own = await attach(app, 'v1', sbom('own'), alone)
    const after = await readIndex(straight, subject)
    expect(after).toMatchObject({ 'x-unknown': [1] })
    expect(after.manifests.slice(0, 2)).toEqual(manifests)
    expect((await list(app, 'v1')).sort()).toEqual([artifact.digest, own.digest].sort())

    // Another subject's index may list the same artifact: its manifest stays.
    expect(await detach(app, 'v1', artifact.digest, alone)).toMatchObject({ deleted: false })
    expect(await list(app, 'v1')).toEqual([own.digest])
    expect(await headManifest(straight, artifact.digest)).toBeDefined()
  })
})

/** An example of the proposal's, with what is there in the place of what it lists. */
function filled(name: string, made: readonly Descriptor[]): ImageIndex {
  const document = vector(name).document as unknown as ImageIndex
  let text = JSON.stringify(document)
  for (const [i, { digest }] of document.manifests.entries()) {
    text = text.replaceAll(digest, made[i]!.digest)
  }
  const index = JSON.parse(text) as ImageIndex
  return { ...index, manifests: index.manifests.map((entry, i) => ({ ...entry, ...made[i]! })) }
}

/** The proposal's image, the index that enhances it, and the enhanced image, of content that is there. */
async function setUpProposal() {
  const { fetch } = embeddedRegistry()
  const warnings: string[] = []
  const wire = recorded(fetch)
  const app = repository('registry.test/team/app', {
    fetch: wire.fetch,
    onWarning: ({ message }) => warnings.push(message),
  })
  const straight = repository('registry.test/team/app', { fetch })
  const push = (name: string) => pushImage(straight, name, name)
  const put = async (tag: string, index: ImageIndex) =>
    (await putManifest(straight, tag, index)).descriptor
  const [arm64, amd64] = [await push('arm64'), await push('amd64')]
  const [ofArm64, ofAmd64] = [await push('sbom-of-arm64'), await push('sbom-of-amd64')]
  const made = [arm64, amd64, ofArm64, ofAmd64]
  const image = await put('image', filled('f-image', made))
  const enhanced = await put('enhanced', filled('f-enhanced-image', made))
  const reference = filled('f-reference-index', [image, ...made])
  await put('f', reference)
  const putAtTag = () => put(referrersTag(image.digest), reference)
  wire.reset()
  const found = [
    [ofArm64.digest, arm64.digest, ['annotated-index']],
    [ofAmd64.digest, amd64.digest, ['annotated-index']],
  ]
  return { app, straight, wire, warnings, image, enhanced, arm64, amd64, found, putAtTag }
}

const links = async (repo: Repository, subject: string | Descriptor, more: object = {}) =>
  (await all(referrers(repo, subject, { strategy, ...more }))).map(({ digest, subject, via }) => [
    digest,
    subject.digest,
    via.map(({ source }) => source),
  ])

describe("the proposal's own examples", () => {
  test('the index at the tag of an image index has what refers to its platforms', async () => {
    const { app, wire, warnings, image, found, putAtTag } = await setUpProposal()
    expect(await links(app, image)).toEqual([])
    await putAtTag()
    wire.reset()
    expect(await links(app, image)).toEqual(found)
    // Its entries tell no type, so each is read.
    expect(wire.lines()).toHaveLength(1 + 2)
    expect(await links(app, image, { verify: true })).toEqual(found)
    const [key, text] = [
      keys.description,
      'Software Bill of Materials of alpine:3.17 linux/amd64 image',
    ]
    expect(await links(app, image, { annotations: { [key]: text } })).toEqual([found[1]])
    expect(warnings).toEqual([])
  })

  test('what refers to an artifact in the index is not taken for what refers to its image', async () => {
    const { app, straight, amd64, warnings } = await setUpProposal()
    const bom = await attach(app, amd64, sbom('of the image'), alone)
    const tag = referrersTag(amd64.digest)
    const { bytes, descriptor } = await getManifest(straight, tag)
    const index = parseManifest(bytes, descriptor.mediaType) as ImageIndex
    const signature = await pushImage(straight, 'signature', 'signature')
    const entry = { ...signature, annotations: { [keys.digest]: bom.digest } }
    await putManifest(straight, tag, { ...index, manifests: [...index.manifests, entry] })
    for (const everywhere of [false, true]) {
      expect(await links(app, amd64, { everywhere })).toEqual([
        [bom.digest, amd64.digest, ['annotated-index']],
      ])
    }
    expect(await links(app, bom.digest)).toEqual([])
    expect(warnings).toEqual([])
  })

  test('an index that is given and is not there is an error, and never "none"', async () => {
    const { app, amd64 } = await setUpProposal()
    const told = all(referrers(app, amd64, { strategy: indexAnnotations({ index: 'none' }) }))
    await expect(told).rejects.toMatchObject({ status: 404 })
  })

  test('the enhanced image is itself looked into when asked to look everywhere', async () => {
    const { app, wire, enhanced, found } = await setUpProposal()
    expect(await links(app, enhanced)).toEqual([])
    wire.reset()
    expect(await links(app, enhanced, { everywhere: true })).toEqual(found)
    expect(wire.lines()).toHaveLength(2 + 2)
    // What the tag has too is listed once.
    await attach(app, enhanced, sbom('of the whole'), alone)
    const all = await links(app, enhanced, { everywhere: true })
    expect(all.map(([, of]) => of)).toEqual([enhanced.digest, ...found.map(([, of]) => of)])
  })

  test.each(['f-reference-index', 'f-enhanced-image'])(
    '%s is read for each platform',
    async (name) => {
      const { app, arm64, amd64, found, warnings } = await setUpProposal()
      const given = indexAnnotations({ index: name === 'f-enhanced-image' ? 'enhanced' : 'f' })
      for (const [i, platform] of [arm64, amd64].entries()) {
        expect(await links(app, platform, { strategy: given })).toEqual([found[i]])
      }
      expect(warnings).toEqual([])
    },
  )

  test('an index that is given is read for itself too, and not for another image', async () => {
    const { app, straight, image, enhanced, found } = await setUpProposal()
    const given = indexAnnotations({ index: 'enhanced' })
    expect(await links(app, enhanced, { strategy: given })).toEqual(found)
    expect(await links(app, image, { strategy: given })).toEqual([])
    expect(await links(app, await pushImage(straight, 'x', 'x'), { strategy: given })).toEqual([])
  })

  test('an index at the tag of a digest that is cut has what refers to that digest alone', async () => {
    const { app, straight, arm64 } = await setUpProposal()
    const hex = '4'.repeat(127)
    const [a, b] = [`sha512:${hex}a`, `sha512:${hex}b`] as [Digest, Digest]
    const artifact = await pushImage(straight, 'artifact', 'artifact')
    const entry = (of: Digest) => ({ ...artifact, annotations: { [keys.digest]: of } })
    const manifests = [{ ...arm64, platform: { os: 'linux' } }, entry(arm64.digest), entry(a)]
    const index: ImageIndex = { schemaVersion: 2, mediaType: INDEX, manifests }
    await putManifest(straight, referrersTag(a), index)
    // Whose platform it is, the tag does not tell.
    expect(await links(app, a)).toEqual([[artifact.digest, a, ['annotated-index']]])
    expect(await links(app, b)).toEqual([])
  })
})

describe('an index that is given', () => {
  test('may be an image that was pushed with its artifacts', async () => {
    const { app, straight } = await setUp()
    const { platforms } = await pushPlatforms(straight, 'multi')
    const artifact = await pushImage(straight, 'artifact', 'artifact')
    const [amd64, arm64] = platforms as [Descriptor, Descriptor]
    const annotations = { [keys.type]: 'sbom', [keys.digest]: amd64.digest }
    const manifests = [amd64, arm64, { ...artifact, artifactType: spdx, annotations }]
    await putManifest(straight, 'v3', { schemaVersion: 2, mediaType: INDEX, manifests })
    const given = indexAnnotations({ index: 'v3' })
    expect(await all(referrers(app, amd64, { strategy: given }))).toMatchObject([
      { digest: artifact.digest, artifactType: spdx, subject: { digest: amd64.digest } },
    ])
    expect(await all(referrers(app, arm64, { strategy: given }))).toEqual([])
    expect(() => indexAnnotations({ index: 'a b' })).toThrow(
      expect.objectContaining({ path: 'index' }),
    )
  })
})

describe('who keeps a link', () => {
  test("is the tag, also where the caller gives the subject's own tag as the index", async () => {
    const { app, subject } = await setUp()
    const { digest } = await attach(app, 'v1', sbom('x'), alone)
    const index = referrersTag(subject.digest)
    for (const given of [strategy, indexAnnotations({ index })]) {
      const [found] = await all(referrers(app, 'v1', { strategy: given }))
      expect(found).toMatchObject({ digest, via: [{ kept: 'tag' }] })
    }
  })

  test('is the entry, where the index has another tag', async () => {
    const { app, straight, subject } = await setUp()
    const { digest } = await attach(app, 'v1', sbom('x'), alone)
    await putManifest(straight, 'release', await readIndex(app, subject))
    const index = indexAnnotations({ index: 'release' })
    const [found] = await all(referrers(app, 'v1', { strategy: index }))
    expect(found).toMatchObject({ digest, via: [{ kept: 'entry' }] })
  })
})

describe('the tag', () => {
  test("that holds OCI 1.1's referrers is left alone, and read as nothing", async () => {
    const { app, straight, subject } = await setUp({ referrersApi: false })
    await attach(straight, 'v1', sbom('oci'), { strategy: ociSubject(), settle: 0 })
    const tag = referrersTag(subject.digest)
    const before = await getManifest(straight, tag)
    await expect(attach(app, 'v1', sbom('f'), alone)).rejects.toMatchObject({
      code: 'CONFLICT',
      tag,
      message: expect.stringContaining('OCI 1.1'),
    })
    expect((await getManifest(straight, tag)).descriptor).toEqual(before.descriptor)
    expect(await list(app, 'v1')).toEqual([])
  })

  test('that holds an image has no answer, and one that is given and holds one has "none"', async () => {
    const { app, straight, subject, warnings } = await setUp()
    const other = await pushImage(straight, 'v2', 'other')
    const { bytes } = await getManifest(straight, other.digest)
    const { mediaType } = other
    await putManifest(straight, referrersTag(subject.digest), bytes, { mediaType })
    const noIndex = { code: 'INVALID_MANIFEST', path: 'manifest.mediaType' }
    await expect(list(app, 'v1')).rejects.toMatchObject(noIndex)
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject(noIndex)
    expect(warnings[0]).toContain(referrersTag(subject.digest))
    const given = indexAnnotations({ index: 'v2' })
    expect(await all(referrers(app, 'v1', { strategy: given }))).toEqual([])
  })

  test('is left alone by OCI 1.1, with and without the subject in it, and after the last detach', async () => {
    const { app, straight, subject } = await setUp({ referrersApi: false })
    const oci = { strategy: ociSubject(), settle: 0 }
    const refused = { code: 'CONFLICT' }
    const one = await attach(app, 'v1', sbom('f'), alone)
    await expect(attach(straight, 'v1', sbom('oci'), oci)).rejects.toMatchObject(refused)
    expect(await all(referrers(straight, 'v1'))).toEqual([])
    expect(await list(app, 'v1')).toEqual([one.digest])

    const absent = { ...subject, digest: `sha256:${'5'.repeat(64)}` as Digest }
    const two = await attach(app, absent, sbom('f'), alone)
    await expect(attach(straight, absent, sbom('oci'), oci)).rejects.toMatchObject(refused)
    expect(await list(app, absent)).toEqual([two.digest])

    await detach(app, 'v1', one.digest, alone)
    expect((await readIndex(straight, subject)).manifests.map((e) => e.digest)).toEqual([
      subject.digest,
    ])
    await expect(attach(straight, 'v1', sbom('oci'), oci)).rejects.toMatchObject(refused)
  })

  test.each([
    ['the image itself', async (app: Repository) => (await getManifest(app, 'v1')).bytes, false],
    [
      'an index of platforms',
      async (app: Repository) => {
        await pushPlatforms(app, 'multi')
        return (await getManifest(app, 'multi')).bytes
      },
      true,
    ],
  ] as const)('that holds %s is left alone', async (_, content, isIndex) => {
    const { app, straight, subject } = await setUp()
    const tag = referrersTag(subject.digest)
    const mediaType = isIndex ? INDEX : subject.mediaType
    const before = await putManifest(straight, tag, await content(straight), { mediaType })
    await expect(attach(app, 'v1', sbom('x'), alone)).rejects.toMatchObject({
      code: 'CONFLICT',
      tag,
    })
    expect((await getManifest(straight, tag)).descriptor).toEqual(before.descriptor)
    expect(await list(app, 'v1')).toEqual([])
  })

  test('that an emptied list of OCI 1.1 was left at is free to be used', async () => {
    const { app, straight, subject } = await setUp({ referrersApi: false })
    const manifests: Descriptor[] = []
    const tag = referrersTag(subject.digest)
    await putManifest(straight, tag, { schemaVersion: 2, mediaType: INDEX, manifests })
    const { digest } = await attach(app, 'v1', sbom('f'), alone)
    expect(await list(app, 'v1')).toEqual([digest])
  })

  test('keeps each of several entries of one artifact, which are about several subjects', async () => {
    const { app, straight, subject } = await setUp()
    const { platforms } = await pushPlatforms(straight, 'multi')
    const { digest } = await attach(app, 'v1', sbom('one'), alone)
    const index = await readIndex(straight, subject)
    const entry = index.manifests.find((one) => one.digest === digest)!
    const about = platforms.map((platform) => ({
      ...entry,
      annotations: { ...entry.annotations, [keys.digest]: platform.digest },
    }))
    const tag = referrersTag(subject.digest)
    await putManifest(straight, tag, { ...index, manifests: [...index.manifests, ...about] })
    await attach(app, 'v1', sbom('two'), alone)
    const after = (await readIndex(straight, subject)).manifests
    for (const kept of [entry, ...about]) expect(after).toContainEqual(kept)

    await detach(app, 'v1', digest, alone)
    const left = (await readIndex(straight, subject)).manifests
    expect(left).not.toContainEqual(entry)
    for (const kept of about) expect(left).toContainEqual(kept)
    expect(await findManifest(straight, digest)).toBeDefined()
  })

  test('lists nothing whose manifest says that it is about something else, when that is looked at', async () => {
    const { app, straight, subject, warnings } = await setUp()
    const other = await pushImage(straight, 'other', 'other')
    const { digest } = await attach(app, 'v1', sbom('one'), alone)
    const stranger = await attach(straight, 'other', sbom('two'), alone)
    const entry = (await readIndex(straight, other)).manifests.find(
      (one) => one.digest === stranger.digest,
    )!
    const index = await readIndex(straight, subject)
    const annotations = { ...entry.annotations, [keys.digest]: subject.digest }
    const manifests = [...index.manifests, { ...entry, annotations }]
    await putManifest(straight, referrersTag(subject.digest), { ...index, manifests })
    const found = await all(referrers(app, 'v1', { strategy, verify: true }))
    expect(found.map((one) => one.digest)).toEqual([digest])
    expect(warnings).toContainEqual(expect.stringContaining(stranger.digest))
  })

  test('that holds an annotated entry beside something else: detaching that is an error which names the tag', async () => {
    const { app, straight, subject } = await setUp()
    const { digest } = await attach(straight, 'v1', sbom('f'), alone)
    const tag = referrersTag(subject.digest)
    const index = await readIndex(straight, subject)
    const manifests = [...index.manifests, await pushImage(straight, 'other', 'other')]
    const before = await putManifest(straight, tag, { ...index, manifests })
    expect(await list(app, 'v1')).toEqual([digest])
    await expect(detach(app, 'v1', digest, alone)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(tag),
    })
    expect((await getManifest(straight, tag)).descriptor.digest).toBe(before.descriptor.digest)
    expect(await headManifest(straight, digest)).toBeDefined()
  })

  test('that holds referrers beside an annotated entry is left alone', async () => {
    const { app, straight, subject } = await setUp()
    const artifact = await pushImage(straight, 'artifact', 'artifact')
    const manifests = [
      subject,
      { ...artifact, annotations: { [keys.digest]: subject.digest } },
      { ...artifact, artifactType: spdx },
    ]
    const index: ImageIndex = { schemaVersion: 2, mediaType: INDEX, manifests }
    const { descriptor } = await putManifest(straight, referrersTag(subject.digest), index)
    await expect(attach(app, 'v1', sbom('x'), alone)).rejects.toMatchObject({ code: 'CONFLICT' })
    const after = await getManifest(straight, referrersTag(subject.digest))
    expect(after.descriptor).toEqual(descriptor)
  })

  test('of two digests that begin alike is one: each has its own in it', async () => {
    const { app } = await setUp()
    const hex = '4'.repeat(127)
    const [a, b] = [`sha512:${hex}a`, `sha512:${hex}b`]
    const one = await attach(app, a, sbom('a'), alone)
    const two = await attach(app, b, sbom('b'), alone)
    expect(await list(app, a)).toEqual([one.digest])
    expect(await list(app, b)).toEqual([two.digest])
    await expect(detach(app, a, two.digest, alone)).rejects.toMatchObject({ path: 'referrer' })
  })

  test('loses an entry whose manifest is gone when that blocks the next write', async () => {
    const { app, another, straight, subject } = await setUp()
    const gone = await attach(app, 'v1', sbom('gone'), alone)
    const kept = await attach(app, 'v1', sbom('kept'), alone)
    await deleteManifest(straight, gone.digest)
    const own = await attach(another(), 'v1', sbom('own'), alone)
    expect((await readIndex(straight, subject)).manifests.map(({ digest }) => digest)).toEqual([
      subject.digest,
      kept.digest,
      own.digest,
    ])
  })
})

test('nobody loses a link: 4 processes with 3 attaches each', async () => {
  const { another, subject } = await setUp({ conditional: false })
  const attached = await Promise.all(
    Array.from({ length: 4 }, async (_, p) => {
      const app = another()
      const own: string[] = []
      for (let i = 0; i < 3; i++) {
        own.push((await attach(app, subject.digest, sbom(`${p}/${i}`), { strategy })).digest)
      }
      return own
    }),
  )
  expect((await list(another(), subject)).sort()).toEqual(attached.flat().sort())
}, 60_000)

test('where nothing can be deleted, detaching takes the entry out and says what stays', async () => {
  const { app, straight, warnings } = await setUp({ deletes: false })
  const { digest } = await attach(app, 'v1', sbom('x'), alone)
  expect(await detach(app, 'v1', digest, alone)).toEqual({
    digest,
    deleted: false,
    action: 'entry-removed',
    reason: expect.stringContaining('refuses deletes'),
    confirmed: true,
  })
  expect(await list(app, 'v1')).toEqual([])
  expect(await findManifest(straight, digest)).toBeDefined()
  expect(warnings).toEqual([expect.stringContaining('its manifest stays')])
})
