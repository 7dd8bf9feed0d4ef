import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Certificate,
  convert,
  discover,
  type Fetch,
  readArtifact,
  referrers,
  repository,
  verifyConversion,
} from '../../../src/index.ts'
import { putManifest } from '../../../src/registry/index.ts'
import { buildkit, cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { fresh, pushMulti, SPDX, sbom, setUp } from '../read/_attached.ts'
import { pairs } from './_ways.ts'

const SIGNATURE = 'application/vnd.dev.cosign.simplesigning.v1+json'
describe('convert', () => {
  test.each(pairs)('from %s to %s keeps the content', async (_, __, from, to) => {
    const world = await setUp()
    const { app, image } = world
    await attach(app, 'v1', sbom(), { strategy: from, settle: 0 })
    const certificate = await convert(app, 'v1', { from, to, settle: 0 })
    expect(certificate).toMatchObject({
      version: 1,
      repository: 'registry.test/team/app',
      image: { digest: image.digest },
      tag: 'v1',
      imageUnchanged: true,
      complete: true,
    })
    expect(certificate.converted).toHaveLength(1)
    const [{ payloads, to: links }] = certificate.converted as [Certificate['converted'][number]]
    expect(payloads).toHaveLength(1)
    expect(links).toMatchObject([{ strategy: to.name, payloadsEqual: true }])
    const found = await readArtifact(fresh(world), 'v1', { strategy: to })
    expect(await found.text()).toBe('{"spdxVersion":"SPDX-2.3"}')
    const kept = JSON.parse(JSON.stringify(certificate))
    expect(await verifyConversion(fresh(world), kept)).toEqual({ valid: true, problems: [] })
  })

  test.each(pairs)(
    'from %s to %s and back keeps all but what is named',
    async (_, __, from, to) => {
      const world = await setUp()
      const { app } = world
      const mediaType = SPDX
      const artifact = {
        artifactType: SPDX,
        annotations: { a: 'b' },
        blobs: [
          { data: 'one', mediaType, annotations: { c: 'd' } },
          { data: 'two', mediaType: SPDX },
        ],
      }
      await attach(app, 'v1', artifact, { strategy: from, settle: 0 })
      const before = await readArtifact(fresh(world), 'v1', { strategy: from })
      const there = await convert(app, 'v1', { from, to, keep: false, settle: 0 })
      const back = await convert(fresh(world), 'v1', { from: to, to: from, keep: false, settle: 0 })
      const links = [...there.converted, ...back.converted].flatMap((one) => one.to)
      expect(links.map(({ payloadsEqual }) => payloadsEqual)).not.toContain(false)
      const lost = links.flatMap(({ losses }) => losses.map(({ field }) => field.split(/[.[]/)[0]))

      const after = await readArtifact(fresh(world), 'v1', { strategy: from })
      const digests = ({ blobs }: typeof before) => blobs.map(({ digest }) => digest)
      expect(digests(after)).toEqual(digests(before))
      if (!lost.includes('artifactType')) expect(after.artifactType).toBe(before.artifactType)
      if (!lost.includes('annotations')) expect(after.annotations).toEqual(before.annotations)
      if (!lost.includes('blobs')) {
        expect(after.blobs.map((blob) => blob.annotations)).toEqual(
          before.blobs.map((blob) => blob.annotations),
        )
      }
    },
  )

  test('says what would be done in a dry run, and writes nothing', async () => {
    const { app, wire } = await setUp()
    await attach(app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    wire.reset()
    const plan = await convert(app, 'v1', { to: ociSubject(), dryRun: true })
    expect(wire.lines().filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([])
    expect(plan.converted[0]?.to).toMatchObject([{ status: 'planned', payloadsEqual: true }])
    const done = await convert(app, 'v1', { to: ociSubject() })
    expect(done.converted[0]?.to[0]?.digest).toBe(plan.converted[0]?.to[0]?.digest)
  })

  test('makes referrers of BuildKit’s attestations, with the image as it was', async () => {
    const { app } = await setUp()
    const { platforms } = await pushMulti(app)
    const layer = { data: '{"_type":"x"}', mediaType: 'application/vnd.in-toto+json' }
    const artifact = { artifactType: 'application/vnd.in-toto+json', blobs: [layer] }
    const made = await attach(app, platforms[0]!, artifact, { strategy: digestTags(), settle: 0 })
    const { digest, mediaType, size } = made
    const entry = {
      mediaType,
      digest,
      size,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': platforms[0]!.digest,
      },
    }
    const index = await putManifest(app, 'built', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [...platforms, entry],
    })
    const certificate = await convert(app, 'built', {
      from: buildkit(),
      to: ociSubject(),
      keep: false,
    })
    expect(certificate.image.digest).toBe(index.descriptor.digest)
    expect(certificate).toMatchObject({ complete: true, imageUnchanged: true })
    expect(certificate.converted).toMatchObject([
      {
        subject: platforms[0]!.digest,
        to: [{ strategy: 'oci-subject', payloadsEqual: true, confirmed: true }],
        old: { status: 'kept', reason: expect.stringContaining('index of the image lists it') },
      },
    ])
    expect(await all(referrers(app, platforms[0]!))).toHaveLength(1)
  })

  test('takes all signatures of a cosign tag along, and gives them back as they were', async () => {
    const world = await setUp()
    const { app } = world
    for (const signature of ['one', 'two']) {
      const annotations = { 'dev.cosignproject.cosign/signature': signature }
      const blobs = [{ data: `{"critical":"${signature}"}`, mediaType: SIGNATURE, annotations }]
      await attach(
        app,
        'v1',
        { artifactType: SIGNATURE, blobs },
        { strategy: cosignTags(), settle: 0 },
      )
    }
    const [before] = await all(referrers(app, 'v1', { strategy: cosignTags() }))
    const there = await convert(app, 'v1', {
      from: cosignTags(),
      to: ociSubject(),
      keep: false,
      settle: 0,
    })
    expect(there.converted).toMatchObject([{ payloads: [{}, {}], old: { status: 'removed' } }])
    expect(await all(referrers(fresh(world), 'v1', { strategy: cosignTags() }))).toEqual([])
    await convert(fresh(world), 'v1', { from: ociSubject(), to: cosignTags(), settle: 0 })
    const [after] = await all(referrers(fresh(world), 'v1', { strategy: cosignTags() }))
    expect(after?.digest).toBe(before?.digest)
  })

  test('converts to several ways at once, and does nothing the second time', async () => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: cosignTags(), settle: 0 })
    const to = [ociSubject(), digestTags()]
    const first = await convert(world.app, 'v1', { to, settle: 0 })
    expect(first.converted[0]?.to.map(({ status }) => status)).toEqual(['written', 'written'])
    const { flat } = await discover(fresh(world), 'v1')
    const app = fresh(world)
    const second = await convert(app, 'v1', { from: cosignTags(), to, settle: 0 })
    expect(second.converted[0]?.to.map(({ status }) => status)).toEqual(['present', 'present'])
    expect((await discover(fresh(world), 'v1')).flat.map(({ digest }) => digest).sort()).toEqual(
      flat.map(({ digest }) => digest).sort(),
    )
  })

  test('keeps the old link where something is attached to it', async () => {
    const { app } = await setUp()
    const old = await attach(app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    const signature = await attach(app, old, {
      artifactType: 'text/signature',
      annotations: { a: 'b' },
    })
    const { converted } = await convert(app, 'v1', {
      from: digestTags(),
      to: ociSubject(),
      keep: false,
    })
    expect(converted[0]?.old).toEqual({
      status: 'kept',
      reason: `${signature.digest} is attached to it`,
    })
  })

  test('names what it cannot link, and converts the others', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', { artifactType: SPDX, annotations: { only: 'annotations' } })
    await attach(app, 'v1', sbom())
    const gone = await attach(app, 'v1', {
      artifactType: SIGNATURE,
      blobs: [{ data: 'unsigned', mediaType: SIGNATURE }],
    })
    const { converted, complete } = await convert(app, 'v1', {
      to: cosignTags(),
      keep: false,
      settle: 0,
    })
    expect(complete).toBe(false)
    const failed = converted.filter(({ to }) => to[0]?.status === 'failed')
    expect(failed.map(({ from }) => from.digest)).toContain(gone.digest)
    expect(failed.every(({ old }) => old?.status === 'kept')).toBe(true)
    expect(converted.filter(({ to }) => to[0]?.status === 'written').length).toBeGreaterThan(0)
    expect(await all(referrers(app, 'v1'))).toContainEqual(
      expect.objectContaining({ digest: gone.digest }),
    )
  })

  test.each(['keep both', 'take the old away'])(
    'ends as an undisturbed run does, whatever request it was cut off at: %s',
    async (title) => {
      const keep = title === 'keep both'
      const options = { from: digestTags(), to: ociSubject(), keep, settle: 0 }
      const state = async (world: Awaited<ReturnType<typeof setUp>>) => {
        const { flat } = await discover(fresh(world), 'v1')
        return flat
          .map(({ digest, via }) => `${digest} ${via.map((way) => way.strategy).sort()}`)
          .sort()
      }
      const start = async () => {
        const world = await setUp({ referrersApi: false })
        await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
        await attach(world.app, 'v1', sbom('"two"'), { strategy: digestTags(), settle: 0 })
        return world
      }
      const undisturbed = await start()
      await convert(fresh(undisturbed), 'v1', options)
      const expected = await state(undisturbed)
      expect(expected.length).toBeGreaterThan(0)
      for (let at = 1; ; at++) {
        const world = await start()
        let left = at
        const cut: Fetch = async (request) => {
          if (--left < 0) throw new TypeError('cut off')
          return world.wire.fetch(request)
        }
        const app = repository('registry.test/team/app', { fetch: cut, retries: 0 })
        await convert(app, 'v1', options).catch(() => {})
        await convert(fresh(world), 'v1', options)
        expect(await state(world), `cut off after ${at} requests`).toEqual(expected)
        if (left >= 0) break
      }
    },
    60_000,
  )

  test.each([
    ['to', {}],
    ['to', { to: [] }],
    ['to', { to: ociSubject }],
    ['from', { to: ociSubject(), from: 'cosign' }],
    ['depth', { to: ociSubject(), depth: 0 }],
    ['keeep', { to: ociSubject(), keeep: false }],
  ])('refuses a wrong %s before any request', async (path, options) => {
    const { app, wire } = await setUp()
    wire.reset()
    await expect(convert(app, 'v1', options as never)).rejects.toMatchObject({ path })
    expect(wire.lines()).toEqual([])
  })

  test('asks for no right to write in a dry run', async () => {
    const registry = embeddedRegistry({
      auth: { scheme: 'bearer', users: [{ name: 'ci', password: 'secret' }] },
    })
    const credentials = { username: 'ci', password: 'secret' }
    const scopes: string[] = []
    const fetch: Fetch = async (request) => {
      const scope = new URL(request.url).searchParams.get('scope')
      if (scope) scopes.push(scope)
      return registry.fetch(request)
    }
    const writer = repository('registry.test/team/app', { fetch, credentials })
    await pushImage(writer)
    await attach(writer, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    scopes.length = 0
    const reader = repository('registry.test/team/app', { fetch, credentials })
    const plan = await convert(reader, 'v1', { to: ociSubject(), dryRun: true })
    expect(plan.converted).toHaveLength(1)
    expect(scopes.filter((scope) => scope.includes('push'))).toEqual([])
  })
})
