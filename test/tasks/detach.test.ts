// What detach() leaves alone: whatever something else needs. Random graphs are in detach-graphs.test.ts.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  detach,
  digestTag,
  discover,
  isOcilinkError,
  type Manifest,
  referrers,
  referrersTag,
  repository,
  suffixTag,
} from '../../src/index.ts'
import {
  deleteManifest,
  findManifest,
  getManifest,
  pushBlob,
  putManifest,
} from '../../src/registry/index.ts'
import {
  auto,
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const noApi: EmbeddedRegistryOptions = { referrersApi: false }
const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
const D = { strategy: digestTags() }
const alone = { settle: 0 }

async function setUp(
  options: EmbeddedRegistryOptions = {},
  bend?: (request: Request, answer: () => Promise<Response>) => Response | Promise<Response>,
) {
  const registry = embeddedRegistry(options)
  const wire = recorded(async (request) =>
    bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request),
  )
  const warnings: string[] = []
  const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0, onWarning })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const put = async (manifest: object, tag?: string) =>
    (await putManifest(straight, tag, manifest as Manifest)).descriptor
  const config = await pushBlob(straight, '{}', { mediaType: 'text/plain' })
  let seed = 0
  const pushArtifact = (fields: object = {}, tag?: string) =>
    put(
      {
        schemaVersion: 2,
        mediaType: IMAGE,
        artifactType: 'application/spdx+json',
        config,
        layers: [config],
        annotations: { seed: `${seed++}` },
        ...fields,
      },
      tag,
    )
  const pushIndex = (manifests: readonly Descriptor[], tag?: string) =>
    put({ schemaVersion: 2, mediaType: INDEX, manifests }, tag)
  const copyTo = async (tag: string, { digest }: Descriptor) => {
    const { bytes, descriptor } = await getManifest(straight, digest)
    await putManifest(straight, tag, bytes, { mediaType: descriptor.mediaType })
  }
  const isThere = async (name: string) => (await findManifest(straight, name)) !== undefined
  return { app, straight, wire, warnings, put, pushArtifact, pushIndex, copyTo, isThere }
}

const linux = (image: Descriptor) => ({
  ...image,
  platform: { os: 'linux', architecture: 'amd64' },
})
/** An entry of proposal D's, in the index of an image. */
const referring = (artifact: Descriptor, { digest }: Descriptor) => ({
  ...artifact,
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: {
    'org.opencontainers.reference': digest,
    'org.opencontainers.reference.type': 'sig',
  },
})

describe('an image that is published at its digest tags, as proposal D has it', () => {
  async function publish(options: EmbeddedRegistryOptions = {}, tag: string | undefined = 'v1') {
    const given = await setUp(options)
    const { straight, pushArtifact, pushIndex, copyTo } = given
    const platform = await pushImage(straight, 'platform', 'platform')
    await deleteManifest(straight, 'platform').catch(() => {})
    const signature = await pushArtifact()
    const index = await pushIndex([linux(platform), referring(signature, platform)], tag)
    await copyTo(digestTag(platform.digest, signature.digest, 'sig'), index)
    return { ...given, platform, signature, index }
  }

  test.each([
    ['digestTags()', D],
    ['auto()', { strategy: auto() }],
  ])('stays when a link is taken away by %s', async (_, how) => {
    const { app, platform, signature, index, isThere, warnings } = await publish()
    const withdrawn = await detach(app, platform.digest, signature.digest, how)
    expect(withdrawn).toEqual({
      digest: signature.digest,
      deleted: false,
      action: 'tag-deleted',
      reason: expect.stringContaining('it lists images too'),
      confirmed: true,
    })
    expect(await isThere(digestTag(platform.digest, signature.digest, 'sig'))).toBe(false)
    for (const name of ['v1', index.digest, platform.digest, signature.digest]) {
      expect(await isThere(name)).toBe(true)
    }
    expect(warnings).toEqual([
      expect.stringMatching(/is no longer linked to .* its manifest stays/),
    ])
  })

  test('stays although no other tag leads to it: it may be used by its digest', async () => {
    const { app, straight, platform, signature, index, isThere } = await publish()
    await deleteManifest(straight, 'v1')
    await detach(app, platform.digest, signature.digest, D)
    for (const { digest } of [index, platform, signature]) expect(await isThere(digest)).toBe(true)
  })

  test('is an error where no tag can be deleted, and nothing is changed', async () => {
    const { app, platform, signature, isThere } = await publish({ profile: 'distribution2' })
    await expect(detach(app, platform.digest, signature.digest, D)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('it lists images too'),
    })
    expect(await isThere('v1')).toBe(true)
    expect(await isThere(digestTag(platform.digest, signature.digest, 'sig'))).toBe(true)
  })

  test('lists its artifact for good: that link is an error before anything is asked', async () => {
    const { app, wire, platform, signature } = await publish()
    const { referrers: found } = await discover(app, 'v1', { scope: 'all' })
    expect(found).toMatchObject([{ digest: signature.digest }])
    wire.reset()
    await expect(detach(app, platform.digest, found[0]!)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      strategy: 'digest-tags',
    })
    expect(wire.lines()).toEqual([])
  })

  test.each([
    ['digestTags()', digestTags({ index: 'v2' }), 'org.opencontainers.reference'],
    [
      'indexAnnotations()',
      indexAnnotations({ index: 'v2' }),
      'org.opencontainers.reference.digest',
    ],
  ])('says so to who names the index too: %s', async (_, strategy, key) => {
    const { app, platform, pushArtifact, pushIndex, isThere } = await publish()
    const sbom = await pushArtifact()
    const annotations = { [key]: platform.digest }
    await pushIndex([linux(platform), { ...sbom, annotations }], 'v2')
    await expect(detach(app, platform.digest, sbom.digest, { strategy })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('entry of the index v2'),
    })
    expect(await isThere(sbom.digest)).toBe(true)
  })
})

test('an index of links at the tag of one artifact may link another one too: an error', async () => {
  const { app, straight, pushArtifact, pushIndex, copyTo } = await setUp()
  const subject = await pushImage(straight)
  const [one, two] = [await pushArtifact(), await pushArtifact()]
  const index = await pushIndex([referring(one, subject), referring(two, subject)])
  await copyTo(digestTag(subject.digest, index.digest, 'all'), index)
  const list = async () => (await all(referrers(app, subject, D))).map(({ digest }) => digest)
  expect(await list()).toEqual([one.digest, two.digest])
  await expect(detach(app, subject, one.digest, D)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining(two.digest),
  })
  expect(await list()).toEqual([one.digest, two.digest])
})

test('an artifact that an index lists, or one in it, keeps its manifest', async () => {
  const { app, straight, pushArtifact, pushIndex, copyTo, isThere } = await setUp()
  const subject = await pushImage(straight)
  const sbom = await pushArtifact()
  const tag = digestTag(subject.digest, sbom.digest, 'sbom')
  const inner = await pushIndex([sbom])
  await pushIndex([inner], 'all-sboms')
  await copyTo(tag, sbom)
  expect(await detach(app, 'v1', sbom.digest, D)).toMatchObject({
    deleted: false,
    action: 'tag-deleted',
    reason: expect.stringMatching(/^the tag all-sboms leads to .* lists .* lists it$/),
  })
  expect(await isThere(tag)).toBe(false)
  expect(await isThere(sbom.digest)).toBe(true)
})

describe('attestations of BuildKit', () => {
  test.each([
    ['a tag leads to', 'v1'],
    ['only a digest leads to', undefined],
  ])('stay in an index that %s, however they are listed', async (_, tag) => {
    const { app, straight, pushArtifact, pushIndex, isThere } = await setUp()
    const platform = await pushImage(straight, 'platform', 'platform')
    const artifactType = 'application/vnd.docker.attestation.manifest.v1+json'
    const attestation = await pushArtifact({ artifactType, subject: platform })
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': platform.digest,
    }
    const unknown = { os: 'unknown', architecture: 'unknown' }
    const entry = { ...attestation, platform: unknown, annotations }
    const index = await pushIndex([linux(platform), entry], tag)
    const listed: string[] = []
    for await (const found of referrers(app, platform.digest)) {
      listed.push(found.digest)
      await expect(detach(app, platform.digest, found)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
      })
    }
    expect(listed).toEqual([attestation.digest])
    for (const { digest } of [index, attestation]) expect(await isThere(digest)).toBe(true)
  })
})

describe('an artifact that is linked twice', () => {
  test.each([
    ['with', {}],
    ['without', noApi],
  ])('to one subject by a tag and to another by its own field: %s the API', async (_, options) => {
    const { app, straight, pushArtifact, copyTo, isThere } = await setUp(options)
    const [one, two] = [await pushImage(straight, 'v1', '1'), await pushImage(straight, 'v2', '2')]
    const sbom = await pushArtifact({ subject: two })
    const tag = digestTag(one.digest, sbom.digest, 'sbom')
    await copyTo(tag, sbom)
    // Not from the one while the other needs it, and what can be taken away alone is.
    const ofTwo = detach(app, 'v2', sbom.digest, alone)
    if (options === noApi) {
      expect(await ofTwo).toMatchObject({ deleted: false, reason: expect.stringContaining(tag) })
    } else {
      await expect(ofTwo).rejects.toMatchObject({ message: expect.stringContaining(tag) })
    }
    expect(await isThere(tag)).toBe(true)
    expect(await detach(app, 'v1', sbom.digest, D)).toMatchObject({
      deleted: false,
      action: 'tag-deleted',
      reason: expect.stringContaining(two.digest),
    })
    expect(await isThere(sbom.digest)).toBe(true)
    expect(await detach(app, 'v2', sbom.digest, alone)).toMatchObject({ deleted: true })
  })

  test('by `subject` and by `reference` to different subjects: neither can go alone', async () => {
    const { app, straight, pushArtifact, isThere } = await setUp()
    const [one, two] = [await pushImage(straight, 'v1', '1'), await pushImage(straight, 'v2', '2')]
    const sbom = await pushArtifact({ subject: one, reference: two })
    await expect(detach(app, 'v1', sbom.digest, alone)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(`its "reference" links it to ${two.digest}`),
    })
    const strategy = referenceField()
    await expect(detach(app, 'v2', sbom.digest, { strategy })).rejects.toMatchObject({
      message: expect.stringContaining(`its "subject" links it to ${one.digest}`),
    })
    expect(await isThere(sbom.digest)).toBe(true)
  })

  test('by `subject` and by `reference` to one subject goes when both are named', async () => {
    for (const options of [{}, noApi]) {
      const { app, straight, pushArtifact, pushIndex, isThere } = await setUp(options)
      const subject = await pushImage(straight)
      const sbom = await pushArtifact({ subject, reference: subject })
      await pushIndex([sbom], referrersTag(subject.digest))
      // The entry at the referrers tag is both.
      await expect(detach(app, 'v1', sbom.digest, alone)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
      })
      const strategies = [ociSubject(), referenceField()]
      expect(await detach(app, 'v1', sbom.digest, { strategies, settle: 0 })).toMatchObject({
        deleted: true,
      })
      expect(await isThere(sbom.digest)).toBe(false)
      expect(await all(referrers(app, 'v1', { strategies }))).toEqual([])
    }
  })

  test('keeps the entry of the other kind at the referrers tag', async () => {
    const { app, straight, pushArtifact, pushIndex } = await setUp({ profile: 'distribution3' })
    const subject = await pushImage(straight)
    const sbom = await pushArtifact({ subject, reference: subject })
    await pushIndex([{ ...sbom, reference: subject } as Descriptor], referrersTag(subject.digest))
    expect(await detach(app, 'v1', sbom.digest, alone)).toMatchObject({ deleted: false })
    const strategy = referenceField()
    expect(await all(referrers(app, 'v1', { strategy }))).toMatchObject([{ digest: sbom.digest }])
  })

  test('by cosign’s tag too stays there', async () => {
    const { app, straight, pushArtifact, copyTo, isThere } = await setUp(noApi)
    const subject = await pushImage(straight)
    const mediaType = 'application/vnd.oci.image.config.v1+json'
    const config = await pushBlob(straight, '{}', { mediaType })
    const sbom = await pushArtifact({ subject, config })
    const [own, cosign] = [
      digestTag(subject.digest, sbom.digest, 'sbom'),
      suffixTag(subject.digest, 'sbom'),
    ]
    await copyTo(own, sbom)
    await copyTo(cosign, sbom)
    expect(await detach(app, 'v1', sbom.digest, D)).toMatchObject({ action: 'tag-deleted' })
    expect(await isThere(cosign)).toBe(true)
    const strategy = cosignTags()
    expect(await detach(app, 'v1', sbom.digest, { strategy, settle: 0 })).toMatchObject({
      action: 'tag-deleted',
    })
    expect(await isThere(sbom.digest)).toBe(true)
    expect(await detach(app, 'v1', sbom.digest, alone)).toMatchObject({ deleted: true })
  })

  test.each([
    ['as it was found', {}, undefined],
    ['as it was found', noApi, undefined],
    ['by auto()', {}, auto()],
    ['by auto()', noApi, auto()],
  ])(
    'loses all of its links at once, and then goes, without a warning: %s %j',
    async (_, options, strategy) => {
      const { app, straight, warnings, pushArtifact, pushIndex, copyTo, isThere } =
        await setUp(options)
      const subject = await pushImage(straight)
      const sbom = await pushArtifact({ subject })
      if (options === noApi) await pushIndex([sbom], referrersTag(subject.digest))
      await copyTo(digestTag(subject.digest, sbom.digest, 'sbom'), sbom)
      const {
        referrers: [found],
      } = await discover(app, 'v1')
      expect(found?.via.map((way) => way.strategy).sort()).toEqual(['digest-tags', 'oci-subject'])
      const how = strategy ? { strategy, settle: 0 } : alone
      expect(await detach(app, 'v1', found!, how)).toEqual({
        digest: sbom.digest,
        deleted: true,
        confirmed: true,
      })
      expect(await isThere(sbom.digest)).toBe(false)
      expect((await discover(app, 'v1')).referrers).toEqual([])
      expect(warnings).toEqual([])
    },
  )
})

describe('a tag that a person set', () => {
  test.each([
    ['with', {}],
    ['without', noApi],
    ['2.8', { profile: 'distribution2' } as const],
  ])('keeps the manifest: %s the API', async (_, options) => {
    const { app, straight, isThere } = await setUp(options)
    await pushImage(straight)
    const attached = await attach(app, 'v1', note, { ...alone, tags: ['latest-note'] })
    const detached = detach(app, 'v1', attached, alone)
    const needed = expect.stringContaining('the tag latest-note leads to it')
    if (attached.via[0]?.kept === 'registry') {
      await expect(detached).rejects.toMatchObject({ code: 'UNSUPPORTED', message: needed })
    } else {
      const action = 'entry-removed'
      expect(await detached).toMatchObject({ deleted: false, action, reason: needed })
      expect(await all(referrers(app, 'v1'))).toEqual([])
    }
    expect(await isThere('latest-note')).toBe(true)
  })

  test('that is gone keeps it no longer', async () => {
    const { app, straight } = await setUp()
    await pushImage(straight)
    const attached = await attach(app, 'v1', note, { tags: ['latest-note'] })
    await deleteManifest(straight, 'latest-note')
    expect(await detach(app, 'v1', attached)).toMatchObject({ deleted: true })
  })

  test('keeps an artifact manifest and a node too', async () => {
    const { app, straight, isThere } = await setUp()
    await pushImage(straight)
    const { artifactManifest, nodeManifest } = await import('../../src/strategies/index.ts')
    for (const strategy of [artifactManifest(), nodeManifest()]) {
      const attached = await attach(app, 'v1', note, { strategy, tags: [strategy.name] })
      await expect(detach(app, 'v1', attached.digest, { strategy })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        strategy: strategy.name,
        message: expect.stringContaining(`the tag ${strategy.name} leads to it`),
      })
      expect(await isThere(attached.digest)).toBe(true)
    }
  })
})

test('an artifact in proposal F’s index for two platforms stays there for the other', async () => {
  const { app, straight, pushArtifact, pushIndex, isThere } = await setUp()
  const [one, two] = [await pushImage(straight, 'v1', '1'), await pushImage(straight, 'v2', '2')]
  const about = ({ digest }: Descriptor) => ({ 'org.opencontainers.reference.digest': digest })
  const sbom = await pushArtifact({ annotations: about(one) })
  const entries = [one, two].map((image) => ({ ...sbom, annotations: about(image) }))
  await pushIndex([linux(one), linux(two), ...entries], referrersTag(one.digest))
  const how = { strategy: indexAnnotations(), settle: 0 }
  expect(await detach(app, 'v1', sbom.digest, how)).toMatchObject({
    deleted: false,
    action: 'entry-removed',
  })
  expect(await isThere(sbom.digest)).toBe(true)
})

describe('what cannot be seen', () => {
  const listed =
    (body: unknown, status: number) => (request: Request, answer: () => Promise<Response>) =>
      request.url.includes('/tags/list') ? Response.json(body, { status }) : answer()
  const error = (code: string) => ({ errors: [{ code }] })

  test.each([
    ['are refused', 403, error('DENIED')],
    ['are not there', 404, error('NOT_FOUND')],
    ['are not supported', 405, error('UNSUPPORTED')],
  ])('counts as leading there where tags %s', async (_, status, body) => {
    for (const options of [{}, noApi]) {
      const { app, straight, isThere } = await setUp(options, listed(body, status))
      await pushImage(straight)
      const attached = await attach(app, 'v1', note, alone)
      const detached = detach(app, 'v1', attached.digest, alone)
      const needed = expect.stringContaining('its tags cannot be listed')
      if (options === noApi)
        expect(await detached).toMatchObject({ deleted: false, reason: needed })
      else await expect(detached).rejects.toMatchObject({ code: 'UNSUPPORTED', message: needed })
      expect(await isThere(attached.digest)).toBe(true)
    }
  })

  // A list of tags that is none, or that lacks what is there: the artifact's own tag is not seen in it.
  test.each<[string, unknown, number?]>([
    ['an empty document', {}],
    ['the body of an error', error('UNKNOWN')],
    ['an error beside a list', { name: 'team/app', tags: [], ...error('UNKNOWN') }],
    ['null without a name', { tags: null }],
    ['null', { name: 'team/app', tags: null }],
    ['no tag', { name: 'team/app', tags: [] }],
    ['others', { name: 'team/app', tags: ['v0'] }],
    ['no such repository', error('NAME_UNKNOWN'), 404],
  ])(
    'keeps what a tag leads to where the list of tags answers %s',
    async (_, body, status = 200) => {
      for (const options of [{}, noApi]) {
        for (const strategy of [ociSubject(), digestTags(), indexAnnotations()]) {
          const { app, straight, isThere } = await setUp(options, listed(body, status))
          const { digest } = await pushImage(straight)
          const attached = await attach(app, 'v1', note, { strategy, ...alone, tags: ['mine'] })
          const how = { strategy, ...alone }
          await detach(app, 'v1', attached.digest, how).catch((failure) => {
            expect(isOcilinkError(failure)).toBe(true)
          })
          expect(await isThere('mine')).toBe(true)
          expect(await isThere(digest)).toBe(true)
        }
      }
    },
  )

  test('is an index that an index without a tag lists, where that is attached to the same subject', async () => {
    for (const options of [{}, noApi]) {
      const { app, straight, put, pushArtifact, isThere } = await setUp(options)
      const subject = await pushImage(straight)
      const sbom = await pushArtifact({ subject })
      const list = { schemaVersion: 2, mediaType: INDEX, manifests: [sbom], subject }
      const index = await put(list)
      if (options === noApi)
        await put(
          { ...list, manifests: [sbom, index], subject: undefined },
          referrersTag(subject.digest),
        )
      const detached = detach(app, 'v1', sbom.digest, alone)
      const needed = expect.stringContaining(`${index.digest} lists it`)
      if (options === noApi)
        expect(await detached).toMatchObject({ deleted: false, reason: needed })
      else await expect(detached).rejects.toMatchObject({ code: 'UNSUPPORTED', message: needed })
      expect(await isThere(sbom.digest)).toBe(true)
    }
  })

  test('may be seen the next time where the registry is too busy: an error, and nothing is changed', async () => {
    for (const options of [{}, noApi]) {
      const { app, straight, wire } = await setUp(options, listed({}, 503))
      await pushImage(straight)
      const attached = await attach(app, 'v1', note, alone)
      wire.reset()
      await expect(detach(app, 'v1', attached.digest, alone)).rejects.toMatchObject({ status: 503 })
      expect(wire.lines().filter((line) => !/^(GET|HEAD)/.test(line))).toEqual([])
    }
  })

  test('is what a tag leads to that cannot be read', async () => {
    const { app, straight } = await setUp({}, (request, answer) =>
      request.url.endsWith('/manifests/broken') ? new Response('', { status: 500 }) : answer(),
    )
    await pushImage(straight)
    await pushImage(straight, 'broken', 'broken')
    const attached = await attach(app, 'v1', note)
    await expect(detach(app, 'v1', attached)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('the tag broken leads to cannot be read'),
    })
  })

  test('are the tags of a repository with more of them than are looked up', async () => {
    for (const options of [{ pageSize: 5 }, { pageSize: 5, ...noApi }]) {
      const { app, straight, wire, copyTo } = await setUp(options)
      const subject = await pushImage(straight)
      for (let i = 0; i < 30; i++) await copyTo(`build-${i}`, subject)
      const attached = await attach(app, subject, note, alone)
      const how = { ...alone, maxTags: 20 }
      wire.reset()
      const detached = detach(app, subject, attached.digest, how)
      const needed = expect.stringContaining('more than 20 tags')
      if ('referrersApi' in options) {
        const action = 'entry-removed'
        expect(await detached).toMatchObject({ deleted: false, action, reason: needed })
      } else {
        await expect(detached).rejects.toMatchObject({ code: 'UNSUPPORTED', message: needed })
      }
      // Five pages tell that there are more.
      expect(wire.lines().filter((line) => line.includes('/tags/list'))).toHaveLength(5)
      expect(wire.lines().filter((line) => line.startsWith('HEAD'))).toEqual([])
      const again = await attach(app, subject, note, alone)
      expect(await detach(app, subject, again.digest, { ...how, maxTags: 40 })).toMatchObject({
        deleted: true,
      })
    }
  })

  test('leaves a digest tag to be found and taken away all the same', async () => {
    const { app, straight, copyTo, isThere } = await setUp()
    const subject = await pushImage(straight)
    for (let i = 0; i < 30; i++) await copyTo(`build-${i}`, subject)
    const { digest } = await attach(app, subject, note, D)
    expect(await detach(app, subject, digest, { ...D, maxTags: 20 })).toMatchObject({
      deleted: false,
      action: 'tag-deleted',
      reason: expect.stringContaining('more than 20 tags'),
    })
    expect(await all(referrers(app, subject, D))).toEqual([])
    expect(await isThere(digest)).toBe(true)
  })
})
