import { describe, expect, test } from 'vitest'
import {
  attach,
  convert,
  type Descriptor,
  digestTag,
  discover,
  referrers,
  repository,
  type Strategy,
  verifyConversion,
} from '../../../src/index.ts'
import { getManifest, putManifest } from '../../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { fresh, pushMulti, SPDX, sbom, setUp, type World } from '../read/_attached.ts'

/** One manifest that points at the first platform by itself, and at the second by a tag. */
async function pointsTwice(options: Parameters<typeof setUp>[0] = {}) {
  const world = await setUp(options)
  const { platforms } = await pushMulti(world.app)
  const [first, second] = platforms as [Descriptor, Descriptor]
  const made = await attach(world.app, first, sbom(), { settle: 0 })
  const { bytes } = await getManifest(world.app, made.digest)
  const { mediaType } = made
  await putManifest(world.app, digestTag(second.digest, made.digest, 'sbom'), bytes, { mediaType })
  return { ...world, made, first, second }
}

/** What is listed for a subject, by every way. */
async function listed(world: World, subject: Descriptor) {
  const { referrers, complete } = await discover(fresh(world), subject.digest)
  expect(complete).toBe(true)
  return referrers.map(({ artifactType, via }) => [artifactType, ...via.map((way) => way.strategy)])
}

describe('a manifest that is linked to two subjects', () => {
  test.each([
    ['digest-tags', 'oci-subject', digestTags(), ociSubject()],
    ['oci-subject', 'digest-tags', ociSubject(), digestTags()],
    ['digest-tags', 'reference-field', digestTags(), referenceField()],
    ['both', 'reference-field', [ociSubject(), digestTags()], referenceField()],
  ])('keeps both links when %s becomes %s, and the old are taken away', async (_, __, from, to) => {
    const world = await pointsTwice()
    const certificate = await convert(world.app, 'multi', { from, to, keep: false, settle: 0 })
    expect(certificate.complete).toBe(true)
    for (const subject of [world.first, world.second]) {
      const links = await listed(world, subject)
      expect(links.map(([type]) => type)).toContain(SPDX)
      const converted = certificate.converted.filter((one) => one.subject === subject.digest)
      for (const { to: made } of converted) {
        const way = [to].flat()[0]!
        const found = await all(referrers(fresh(world), subject, { strategy: way }))
        expect(found.map(({ digest }) => digest)).toContain(made[0]?.digest)
      }
    }
    expect(await verifyConversion(fresh(world), certificate)).toEqual({ valid: true, problems: [] })
  })

  test('says of each link how it was linked to this subject, and not to another', async () => {
    const world = await pointsTwice()
    const from = [ociSubject(), digestTags()]
    const { converted } = await convert(world.app, 'multi', {
      from,
      to: referenceField(),
      dryRun: true,
    })
    const strategies = Object.fromEntries(
      converted.map((one) => [one.subject, one.from.strategies]),
    )
    expect(strategies).toEqual({
      [world.first.digest]: ['oci-subject'],
      [world.second.digest]: ['digest-tags'],
    })
  })
})

describe('two ways of one name', () => {
  const signatures = (world: World) =>
    repository('registry.test/team/signatures', { fetch: world.wire.fetch, retries: 0 })
  const places: readonly [string, (world: World) => Strategy, (world: World) => Strategy][] = [
    [
      'from another repository',
      (world) => cosignTags({ repository: signatures(world) }),
      () => cosignTags(),
    ],
    [
      'to another repository',
      () => cosignTags(),
      (world) => cosignTags({ repository: signatures(world) }),
    ],
    ['from tags of another prefix', () => cosignTags({ prefix: 'sigs-' }), () => cosignTags()],
    ['to tags of another prefix', () => cosignTags(), () => cosignTags({ prefix: 'sigs-' })],
  ]

  test.each(places)('are converted %s', async (_, fromOf, toOf) => {
    const world = await setUp()
    const [from, to] = [fromOf(world), toOf(world)]
    await attach(world.app, 'v1', sbom(), { strategy: from, settle: 0 })
    const certificate = await convert(world.app, 'v1', { from, to, keep: false, settle: 0 })
    expect(certificate).toMatchObject({
      complete: true,
      converted: [{ to: [{ status: 'written' }], old: { status: 'removed' } }],
    })
    expect(await all(referrers(fresh(world), 'v1', { strategy: to }))).toHaveLength(1)
    expect(await all(referrers(fresh(world), 'v1', { strategy: from }))).toEqual([])
    const kept = JSON.parse(JSON.stringify(certificate))
    const known = [from, to]
    expect(await verifyConversion(fresh(world), kept, { known })).toEqual({
      valid: true,
      problems: [],
    })
  })

  test.each(places)('are converted %s where no way is named', async (_, __, toOf) => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    await attach(world.app, 'v1', sbom('"cosign"'), { strategy: cosignTags(), settle: 0 })
    const to = toOf(world)
    const { complete, converted } = await convert(world.app, 'v1', { to, settle: 0 })
    expect(complete).toBe(true)
    const isOwn = to.name === 'cosign-tags' && to.options?.repository === undefined
    const others = isOwn && !to.options?.prefix ? 1 : 2
    expect(converted.flatMap(({ from }) => from.strategies)).toHaveLength(others)
  })

  test('are complete where somebody adds to the tag as soon as they were seen there', async () => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    let isWritten = false
    let added: Promise<unknown> | undefined
    const watched = repository('registry.test/team/signatures', {
      async fetch(request) {
        const answer = await world.wire.fetch(request)
        if (!request.url.endsWith('.sbom')) return answer
        isWritten ||= request.method === 'PUT'
        // Once it was seen at the tag.
        if (request.method !== 'GET' || !isWritten) return answer
        const strategy = cosignTags({ repository: signatures(world) })
        added ??= attach(world.app, 'v1', sbom('"other"'), { strategy, settle: 0 })
        await added
        return answer
      },
    })
    const to = cosignTags({ repository: watched })
    const certificate = await convert(world.app, 'v1', { from: digestTags(), to, settle: 0 })
    expect(added).toBeDefined()
    expect(certificate).toMatchObject({
      complete: true,
      converted: [{ to: [{ payloadsEqual: true }] }],
    })
    expect((await verifyConversion(fresh(world), certificate, { known: [to] })).valid).toBe(true)
  })

  test('are told apart by their options in the certificate, and when it is checked', async () => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    const to = [cosignTags(), cosignTags({ prefix: 'sigs-' })]
    const certificate = await convert(world.app, 'v1', { from: digestTags(), to, settle: 0 })
    const [{ to: links }] = certificate.converted as [(typeof certificate.converted)[0]]
    expect(links.map(({ strategy, options }) => [strategy, options])).toEqual([
      ['cosign-tags', undefined],
      ['cosign-tags', { prefix: 'sigs-' }],
    ])
    expect((await verifyConversion(fresh(world), certificate)).problems).toEqual([
      expect.stringContaining('cosign-tags with {"prefix":"sigs-"}, which is not known'),
    ])
    const known = [to[1]!]
    expect((await verifyConversion(fresh(world), certificate, { known })).valid).toBe(true)
  })

  test('each say why they failed', async () => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    const refused = repository('registry.test/team/app', {
      fetch: async (request) =>
        request.method === 'PUT' && request.url.includes('sigs-')
          ? new Response('', { status: 403 })
          : world.wire.fetch(request),
      retries: 0,
    })
    const to = [cosignTags(), cosignTags({ prefix: 'sigs-' })]
    const { complete, converted } = await convert(refused, 'v1', {
      from: digestTags(),
      to,
      settle: 0,
    })
    expect(complete).toBe(false)
    expect(converted[0]?.to.map(({ status }) => status)).toEqual(['written', 'failed'])
  })
})
