// BuildKit's attestations, in the layout that BuildKit 0.34 wrote and in what older ones wrote.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  detach,
  hasReferrer,
  type ImageIndex,
  referrers,
  repository,
} from '../../../src/index.ts'
import { deleteManifest, getManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import { buildkit, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { pushLayout } from '../../_layout.ts'
import { recorded } from '../../_wire.ts'

const layout = new URL('../../vectors/recorded/buildkit0-layout/', import.meta.url)
const index = 'sha256:82893c6fbe7022873da65a60e7ff857e05035ec63d26be730e80c990684c2fde'
const amd64 = 'sha256:206b78b08b0b3808a62dbac3e3a8e72c68639a9835f287dcc85c7bcfc76f1c31'
const arm64 = 'sha256:80a58a8ed2ad0f60a57ebeb47060af41b5aa861528cd4f2da7531785cb3669eb'
const ofAmd64 = 'sha256:82ecfd09222a01b9986cceb6fb1e286548047a8285da10f13a3c0e2bf345fa0b'
const ofArm64 = 'sha256:daf56c5944cdd46aa2c82901b95417f3f76e8b72a5627e3b9abb731988664aed'
const predicate = { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' }
const artifactType = 'application/vnd.docker.attestation.manifest.v1+json'
const strategy = buildkit()

async function setUp(options: EmbeddedRegistryOptions = {}) {
  const { fetch } = embeddedRegistry(options)
  const warnings: string[] = []
  const wire = recorded(fetch)
  const app = repository('registry.test/team/app', {
    fetch: wire.fetch,
    onWarning: ({ message }) => warnings.push(message),
  })
  const straight = repository('registry.test/team/app', { fetch })
  await pushLayout(straight, layout, 'v1')
  return { app, straight, wire, warnings }
}

describe('an image that BuildKit 0.34 built', () => {
  test('has the attestations of all platforms, each of its own platform, in one request', async () => {
    const { app, wire } = await setUp()
    const found = await all(referrers(app, index, { strategy }))
    const common = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 836,
      artifactType,
      confirmed: true,
      via: [{ strategy: 'buildkit', source: 'index-entry', kept: 'entry' }],
    }
    expect(found).toMatchObject([
      { ...common, digest: ofAmd64, subject: { digest: amd64 } },
      { ...common, digest: ofArm64, subject: { digest: arm64 } },
    ])
    expect(wire.lines()).toHaveLength(1)
    expect(await all(referrers(app, 'v1', { strategy }))).toEqual(found)
  })

  test('has that of one platform, where the index is told by digest or tag', async () => {
    const { app } = await setUp()
    for (const given of [index, 'v1']) {
      const [found, ...more] = await all(
        referrers(app, arm64, { strategy: buildkit({ index: given }) }),
      )
      expect(more).toEqual([])
      expect(found).toMatchObject({ digest: ofArm64, subject: { digest: arm64 } })
    }
    expect(await all(referrers(app, arm64, { strategy }))).toEqual([])
    const other = buildkit({ index })
    expect(await all(referrers(app, `sha256:${'0'.repeat(64)}`, { strategy: other }))).toEqual([])
    expect(await all(referrers(app, index, { strategy: other }))).toHaveLength(2)
    const none = all(referrers(app, arm64, { strategy: buildkit({ index: 'none' }) }))
    await expect(none).rejects.toMatchObject({ status: 404 })
  })

  test('tells what its statements are when asked', async () => {
    const { app } = await setUp()
    const layers = [
      { mediaType: 'application/vnd.in-toto+json', size: 2491, annotations: predicate },
    ]
    for (const ask of [{ verify: true }, { annotations: predicate }]) {
      const found = await all(referrers(app, 'v1', { strategy, ...ask }))
      expect(found).toMatchObject([
        { digest: ofAmd64, layers, annotations: predicate },
        { digest: ofArm64, layers, annotations: predicate },
      ])
    }
    const [plain] = await all(referrers(app, 'v1', { strategy }))
    expect(plain).not.toHaveProperty('layers')
  })

  test('is filtered by type and annotation, by the entries alone where they are enough', async () => {
    const { app, wire } = await setUp()
    const has = async (filter: object) => {
      wire.reset()
      return [await hasReferrer(app, index, { strategy, ...filter }), wire.lines().length]
    }
    const reference = { 'vnd.docker.reference.digest': arm64 }
    expect(await has({ artifactType })).toEqual([true, 1])
    expect(await has({ artifactType: 'application/none' })).toEqual([false, 1])
    expect(await has({ annotations: { 'in-toto.io/predicate-type': 'x' } })).toEqual([false, 3])
    expect(await has({ annotations: { toString: 'x' } })).toEqual([false, 3])
    expect(await has({ annotations: { ...reference, ...predicate } })).toEqual([true, 3])
  })

  test('has the same referrers by subject: the digests are the same', async () => {
    const { app } = await setUp()
    const strategies = [buildkit({ index }), ociSubject()]
    const found = await Promise.all(
      strategies.map((strategy) => all(referrers(app, amd64, { strategy, verify: true }))),
    )
    expect(found.map(([one]) => [one?.digest, one?.artifactType, one?.subject.digest])).toEqual([
      [ofAmd64, artifactType, amd64],
      [ofAmd64, artifactType, amd64],
    ])
  })
})

describe('what others wrote', () => {
  /** An index with one platform and one attestation, as BuildKit wrote them before 0.2x. */
  async function setUpOlder(layers: readonly object[], subject?: Descriptor) {
    const given = await setUp()
    const { straight } = given
    const image = await pushImage(straight, 'platform', 'platform')
    const config = await pushBlob(straight, '{"architecture":"unknown","os":"unknown"}', {
      mediaType: 'application/vnd.oci.image.config.v1+json',
    })
    const statements = await Promise.all(
      layers.map(async (annotations, i) => ({
        ...(await pushBlob(straight, `statement ${i}`, {
          mediaType: 'application/vnd.in-toto+json',
        })),
        annotations: annotations as Record<string, string>,
      })),
    )
    const { descriptor } = await putManifest(straight, undefined, {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: statements,
      ...(subject && { subject }),
    })
    const pushed = await putIndex([
      { ...image, platform: { os: 'linux', architecture: 'amd64' } },
      entryOf(descriptor, image.digest),
    ])
    return { ...given, image, attestation: descriptor, pushed }

    async function putIndex(manifests: readonly Descriptor[]) {
      const index: ImageIndex = {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests,
      }
      return (await putManifest(straight, 'v2', index)).descriptor
    }
  }
  const entryOf = (attestation: Descriptor, digest: string): Descriptor => ({
    ...attestation,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': digest,
    },
  })

  test('without a subject and with an image config is an attestation too', async () => {
    const { app, attestation, image } = await setUpOlder([predicate])
    expect(await all(referrers(app, 'v2', { strategy, verify: true }))).toMatchObject([
      { digest: attestation.digest, artifactType, subject: { digest: image.digest } },
    ])
  })

  test('with several statements is found by each of them', async () => {
    const sbom = { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' }
    const { app } = await setUpOlder([predicate, sbom])
    const find = (annotations: Record<string, string>) =>
      all(referrers(app, 'v2', { strategy, annotations }))
    expect(await find(predicate)).toHaveLength(1)
    expect((await find(sbom))[0]?.layers).toHaveLength(2)
    expect((await find(sbom))[0]?.annotations).not.toHaveProperty('in-toto.io/predicate-type')
    expect(await find({ 'in-toto.io/predicate-type': 'none' })).toEqual([])
  })

  test('and points elsewhere is left out when that is looked at', async () => {
    const elsewhere = { mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 1 }
    const { app, warnings } = await setUpOlder([predicate], {
      ...elsewhere,
      digest: amd64 as Digest,
    })
    expect(await all(referrers(app, 'v2', { strategy, verify: true }))).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('does not point at it')])
  })

  test('and is gone is left out when that is looked at', async () => {
    const { app, straight, attestation, warnings } = await setUpOlder([predicate])
    await deleteManifest(straight, attestation.digest)
    expect(await all(referrers(app, 'v2', { strategy, verify: true }))).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('is gone')])
  })

  test('is no attestation without both annotations, and with a digest that is none', async () => {
    const { app, straight, attestation, image } = await setUpOlder([predicate])
    const entry = entryOf(attestation, image.digest)
    const index: ImageIndex = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...entry, annotations: { 'vnd.docker.reference.digest': image.digest } },
        { ...entry, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
        entryOf(attestation, 'nonsense'),
      ],
    }
    await putManifest(straight, 'v3', index)
    expect(await all(referrers(app, 'v3', { strategy }))).toEqual([])
  })
})

test('an image without an index has none, and neither has what does not exist', async () => {
  const { app, straight } = await setUp()
  await pushImage(straight, 'plain')
  expect(await all(referrers(app, 'plain', { strategy }))).toEqual([])
  expect(await all(referrers(app, `sha256:${'0'.repeat(64)}`, { strategy }))).toEqual([])
})

test('nothing is attached or detached: both are refused before anything is sent', async () => {
  const { app, straight, wire } = await setUp()
  const before = await getManifest(straight, 'v1')
  const refused = {
    code: 'UNSUPPORTED',
    strategy: 'buildkit',
    alternatives: ['oci-subject', 'digest-tags', 'reference-field'],
  }
  const artifact = { artifactType, blobs: [{ data: 'x', mediaType: 'text/plain' }] }
  await expect(attach(app, index, artifact, { strategy })).rejects.toMatchObject(refused)
  await expect(detach(app, index, ofAmd64, { strategy })).rejects.toMatchObject(refused)
  expect(wire.lines()).toEqual([])
  expect((await getManifest(straight, 'v1')).descriptor).toEqual(before.descriptor)
})

test('an index option that is neither tag nor digest is refused, and named', () => {
  expect(() => buildkit({ index: 'a b' })).toThrow(expect.objectContaining({ path: 'index' }))
})
