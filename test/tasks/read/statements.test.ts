import { describe, expect, test } from 'vitest'
import { artifacts, attach, statements } from '../../../src/index.ts'
import { pushBlob, putManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import {
  bundleOf,
  envelopeOf,
  faulty,
  fresh,
  INDEX,
  pushMulti,
  SLSA,
  SPDX,
  sbom,
  setUp,
  statementOf,
} from './_attached.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const DSSE = 'application/vnd.dsse.envelope.v1+json'

describe('statements', () => {
  test('reads statements however they are wrapped and linked', async () => {
    const world = await setUp()
    const { app, image } = world
    const bare = JSON.stringify(statementOf(image, 'bare'))
    await attach(app, 'v1', { artifactType: IN_TOTO, blobs: [{ data: bare, mediaType: IN_TOTO }] })
    await attach(app, 'v1', bundleOf(statementOf(image, 'bundle'), 'bundle'))
    const dsse = JSON.stringify(envelopeOf(statementOf(image, 'dsse')))
    await attach(
      app,
      'v1',
      { artifactType: DSSE, blobs: [{ data: dsse, mediaType: DSSE }] },
      { strategy: cosignTags(), settle: 0 },
    )
    const lines = ['line1', 'line2'].map((type) =>
      JSON.stringify(envelopeOf(statementOf(image, type))),
    )
    await attach(
      app,
      'v1',
      { artifactType: IN_TOTO, blobs: [{ data: lines.join('\n'), mediaType: IN_TOTO }] },
      { strategy: digestTags(), settle: 0 },
    )
    await attach(app, 'v1', sbom())

    const found = await all(statements(fresh(world), 'v1'))
    const types = found.map(({ predicateType, wrapper, via }) => [
      predicateType,
      wrapper,
      via[0]?.strategy,
    ])
    expect(types.sort()).toEqual([
      ['bare', 'none', 'oci-subject'],
      ['bundle', 'bundle', 'oci-subject'],
      ['dsse', 'dsse', 'cosign-tags'],
      ['line1', 'dsse', 'digest-tags'],
      ['line2', 'dsse', 'digest-tags'],
    ])
    for (const { subjectMatches, verified, predicate, subject } of found) {
      expect({ subjectMatches, verified, predicate }).toEqual({
        subjectMatches: true,
        verified: false,
        predicate: { by: 'test' },
      })
      expect(subject.digest).toBe(image.digest)
    }
  })

  test('says that a right statement is linked to the wrong image', async () => {
    const { app } = await setUp()
    const other = await pushImage(app, 'other', 'other')
    await attach(app, 'v1', bundleOf(statementOf(other)))
    const [found] = await all(statements(app, 'v1'))
    expect(found?.subjectMatches).toBe(false)
  })

  test('reads what BuildKit puts into an index, for the index and for one platform', async () => {
    const world = await setUp()
    const { app } = world
    const { platforms } = await pushMulti(app)
    const attestations = []
    for (const platform of platforms) {
      const data = JSON.stringify(statementOf(platform))
      const layer = await pushBlob(app, data, { mediaType: IN_TOTO })
      const { descriptor } = await putManifest(app, 'tmp', {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: await pushBlob(app, '{}', {
          mediaType: 'application/vnd.oci.image.config.v1+json',
        }),
        layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': SLSA } }],
      })
      attestations.push({
        ...descriptor,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': platform.digest,
        },
      })
    }
    const manifests = [...platforms, ...attestations]
    await putManifest(app, 'built', { schemaVersion: 2, mediaType: INDEX, manifests })

    const both = await all(statements(fresh(world), 'built'))
    expect(both.map(({ subject }) => subject.digest)).toEqual(platforms.map(({ digest }) => digest))
    expect(both.every(({ subjectMatches }) => subjectMatches)).toBe(true)
    const [one, ...others] = await all(
      statements(fresh(world), 'built', { platform: 'linux/arm64', predicateType: SLSA }),
    )
    expect(others).toEqual([])
    expect(one?.subject).toMatchObject({
      digest: platforms[1]!.digest,
      platform: { architecture: 'arm64' },
    })
    expect(one?.via).toMatchObject([{ strategy: 'buildkit' }])
  })

  test('fetches no blob that is announced as another type, nor an SBOM', async () => {
    const { app, image, wire } = await setUp()
    await attach(app, 'v1', bundleOf(statementOf(image, 'other'), 'other'))
    await attach(app, 'v1', sbom())
    wire.reset()
    expect(await all(statements(app, 'v1', { predicateType: SLSA }))).toEqual([])
    expect(wire.lines().filter((line) => line.includes('/blobs/'))).toEqual([])
  })

  test('lists the good ones where one is broken, and warns', async () => {
    const warnings: string[] = []
    const { app, image } = await setUp({}, warnings)
    await attach(app, 'v1', {
      artifactType: IN_TOTO,
      blobs: [
        {
          data: '{"payloadType":"application/vnd.in-toto+json","payload":"!"}',
          mediaType: IN_TOTO,
        },
        { data: JSON.stringify(statementOf(image)), mediaType: IN_TOTO },
      ],
    })
    const [found, ...others] = await all(statements(app, 'v1'))
    expect(others).toEqual([])
    const { digest } = found!.referrer
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^The referrer ${digest} cannot be read: "blob.payload" must be base64`),
      ),
    ])
  })

  test('does not say none where the only one is broken', async () => {
    const { app } = await setUp()
    const data = '{"payloadType":"application/vnd.in-toto+json","payload":"!"}'
    await attach(app, 'v1', { artifactType: IN_TOTO, blobs: [{ data, mediaType: IN_TOTO }] })
    await expect(all(statements(app, 'v1'))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('makes no request before the first is wanted, and checks its options at once', async () => {
    const { app, wire } = await setUp()
    wire.reset()
    statements(app, 'v1')
    expect(wire.lines()).toEqual([])
    expect(() => statements(app, 'v1', { predicateType: '' })).toThrow(/"predicateType" must be/)
  })
})

describe('artifacts', () => {
  test('reads all that match, of every way of linking', async () => {
    const world = await setUp()
    const { app } = world
    await attach(app, 'v1', sbom('"one"'))
    await attach(app, 'v1', sbom('"two"'), { strategy: digestTags(), settle: 0 })
    await attach(app, 'v1', { artifactType: 'text/x', blobs: [{ data: 'x', mediaType: 'text/x' }] })
    const found = await all(artifacts(fresh(world), 'v1', { artifactType: SPDX }))
    const contents = await Promise.all(found.map((artifact) => artifact.json()))
    expect(contents.sort()).toEqual(['one', 'two'])
  })

  test('passes over one whose manifest is gone, with a warning', async () => {
    const warnings: string[] = []
    const world = await setUp()
    const gone = await attach(world.app, 'v1', sbom('"gone"'))
    await attach(world.app, 'v1', sbom('"there"'))
    const isGone = (line: string) => line.endsWith(`/manifests/${gone.digest}`)
    const app = faulty(
      world,
      (line) => (isGone(line) ? new Response('{}', { status: 404 }) : undefined),
      warnings,
    )
    const found = await all(artifacts(app, 'v1'))
    expect(await Promise.all(found.map((artifact) => artifact.json()))).toEqual(['there'])
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^The referrer ${gone.digest} cannot be read: .*its manifest is gone`),
      ),
    ])
  })

  test('stops reading where the loop is left', async () => {
    const { app, wire } = await setUp()
    for (let i = 0; i < 20; i++) await attach(app, 'v1', sbom(`"${i}"`))
    wire.reset()
    for await (const _ of artifacts(app, 'v1')) break
    const manifests = wire.lines().filter((line) => /^GET \/manifests\/sha256:/.test(line))
    expect(manifests.length).toBeLessThan(12)
  })
})
