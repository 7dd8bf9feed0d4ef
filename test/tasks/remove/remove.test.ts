// What remove() deletes, in which order, and what it leaves. All small graphs are in model.test.ts.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Fetch,
  type Removal,
  referrersTag,
  remove,
  repository,
  type Strategy,
} from '../../../src/index.ts'
import { deleteManifest, findManifest, listTags, putManifest } from '../../../src/registry/index.ts'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = (text = 'x') => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})
function setUp(
  options: EmbeddedRegistryOptions = {},
  bend?: (request: Request) => Response | undefined,
) {
  const registry = embeddedRegistry(options)
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const fetch: Fetch = async (request) => bend?.(request) ?? registry.fetch(request)
  const wire = recorded(fetch, 2)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
  const isThere = async ({ digest }: Pick<Descriptor, 'digest'>) =>
    (await findManifest(straight, digest)) !== undefined
  return { registry, app, straight, wire, isThere }
}

async function pushIndex(
  repo: Parameters<typeof putManifest>[0],
  tag: string,
  images: readonly Descriptor[],
) {
  const platform = (i: number) => ({ os: 'linux', architecture: ['amd64', 'arm64'][i]! })
  const manifests = images.map((image, i) => ({ ...image, platform: platform(i) }))
  return (await putManifest(repo, tag, { schemaVersion: 2, mediaType: INDEX, manifests }))
    .descriptor
}

test.each<[string, EmbeddedRegistryOptions, number, number]>([
  ['with the referrers API', { profile: 'olareg' }, 25, 4],
  ['without it', { profile: 'distribution2' }, 30, 6],
  ['without it', { profile: 'distribution3' }, 30, 6],
  // Over the budget: two tags are left, of each of which two reads, a delete and a read are the least.
  ['without it, where tags stay', { profile: 'ggcr' }, 36, 11],
])('an image with 20 referrers goes within the budget, %s', async (_, options, most, depth) => {
  const { app, straight, wire } = setUp(options)
  await pushImage(straight)
  for (let i = 0; i < 20; i++) await attach(straight, 'v1', note(`${i}`), { settle: 0 })
  const { items, complete } = await remove(app, 'v1', { referrers: true })
  expect(complete).toBe(true)
  expect(items.filter(({ status }) => status === 'done').length).toBeGreaterThanOrEqual(21)
  expect(wire.lines().length, wire.lines().join('\n')).toBeLessThanOrEqual(most)
  expect(wire.depth()).toBeLessThanOrEqual(depth)
  expect(await all(listTags(straight)).catch(() => [])).toEqual([])
})

describe.each<[string, () => Strategy]>([
  ['ociSubject()', () => ociSubject()],
  ['digestTags()', () => digestTags()],
  ['cosignTags()', () => cosignTags({ suffix: 'sig' })],
  ['indexAnnotations()', () => indexAnnotations()],
  ['referenceField()', () => referenceField()],
  ['artifactManifest()', () => artifactManifest()],
])('what %s linked', (_, make) => {
  test('goes with the image, after a plan that says so; without "referrers" it stays', async () => {
    for (const referrersApi of [true, false]) {
      const { app, straight, isThere } = setUp({ referrersApi })
      const image = await pushImage(straight)
      const strategy = make()
      const attached = await attach(straight, 'v1', note(), { strategy, settle: 0 })
      const how = { referrers: true, strategies: [strategy] }
      const plan = await remove(app, 'v1', { ...how, dryRun: true })
      expect(plan).toMatchObject({ dryRun: true, image, tag: 'v1', complete: true })
      expect(await isThere(attached)).toBe(true)
      const { items, complete } = await remove(app, 'v1', how)
      expect(items).toEqual(plan.items.map((item) => ({ ...item, status: 'done' })))
      expect(complete).toBe(true)
      for (const gone of [image, attached]) expect(await isThere(gone)).toBe(false)
      expect(await all(listTags(straight)).catch(() => [])).toEqual([])
    }
    const { app, straight, isThere } = setUp()
    await pushImage(straight)
    const attached = await attach(straight, 'v1', note(), { strategy: make(), settle: 0 })
    await remove(app, 'v1')
    expect(await isThere(attached)).toBe(true)
  })
})

test('of an image with two tags only the named tag goes', async () => {
  const { app, straight, isThere } = setUp()
  const image = await pushImage(straight, 'v1')
  await pushImage(straight, 'latest')
  const attached = await attach(straight, 'v1', note())
  const { items, kept } = await remove(app, 'v1', { referrers: true })
  expect(items).toMatchObject([{ action: 'delete-tag', tags: ['v1'], status: 'done' }])
  expect(kept).toMatchObject([{ digest: image.digest, reason: expect.stringContaining('latest') }])
  expect(await all(listTags(straight))).toEqual(['latest'])
  expect(await isThere(attached)).toBe(true)
  expect((await remove(app, image.digest, { referrers: true })).items).toEqual([])
})

test('of an index what another index lists stays, with what is attached to it', async () => {
  const { app, straight, isThere } = setUp()
  const shared = await pushImage(straight, 'a', 'a')
  const own = await pushImage(straight, 'b', 'b')
  const index = await pushIndex(straight, 'v1', [shared, own])
  const other = await pushIndex(straight, 'v2', [shared])
  for (const tag of ['a', 'b']) await remove(app, tag)
  const [kept, gone, ofIndex] = [
    await attach(straight, shared, note('1')),
    await attach(straight, own, note('2')),
    await attach(straight, index, note('3')),
  ]
  const removal = await remove(app, 'v1', { referrers: true })
  expect(removal.complete).toBe(true)
  for (const one of [shared, other, kept]) expect(await isThere(one)).toBe(true)
  for (const one of [own, index, gone, ofIndex]) expect(await isThere(one)).toBe(false)
  expect(removal.kept).toMatchObject([
    { digest: shared.digest, reason: expect.stringContaining('v2') },
    { digest: kept.digest, reason: expect.stringContaining(shared.digest) },
  ])
})

test('at no moment an index or a subject is missing that something points at', async () => {
  const { registry, straight } = setUp()
  const images = [await pushImage(straight, 'a', 'a'), await pushImage(straight, 'b', 'b')]
  await pushIndex(straight, 'v1', images)
  for (const tag of ['a', 'b']) await remove(straight, tag)
  for (const image of images) await attach(straight, image, note(image.digest))
  const gone: string[] = []
  const app = repository('registry.test/team/app', {
    fetch: async (request) => {
      if (request.method === 'DELETE') gone.push(request.url.slice(-71))
      return registry.fetch(request)
    },
  })
  const { image, items } = await remove(app, 'v1', { referrers: true })
  expect(gone).toHaveLength(5)
  const at = (digest: string) => gone.indexOf(digest)
  for (const { digest, after } of items)
    for (const one of after) expect(at(one)).toBeLessThan(at(digest))
  for (const platform of images) expect(at(image.digest)).toBeLessThan(at(platform.digest))
})

test('what a person has tagged stays', async () => {
  const { app, straight, isThere } = setUp()
  const image = await pushImage(straight)
  const attached = await attach(straight, 'v1', note(), { tags: ['my-note'] })
  const { kept, complete } = await remove(app, 'v1', { referrers: true })
  expect(complete).toBe(true)
  expect(kept).toMatchObject([
    { digest: attached.digest, reason: expect.stringContaining('my-note') },
  ])
  expect(await isThere(attached)).toBe(true)
  expect(await isThere(image)).toBe(false)
})

test('what belongs to another subject too stays, in whatever way', async () => {
  for (const referrersApi of [true, false]) {
    const { app, straight, isThere } = setUp({ referrersApi })
    const [one, two] = [await pushImage(straight, 'v1', '1'), await pushImage(straight, 'v2', '2')]
    const strategies = [ociSubject(), referenceField(), digestTags()]
    const both = await attach(straight, one, note(), { strategy: digestTags() })
    const { bytes } = (await findManifest(straight, both.digest))!
    const tag = `${referrersTag(two.digest)}.${both.digest.slice(7, 23)}.note`
    await putManifest(straight, tag, bytes, { mediaType: both.mediaType })
    const { config, layers, schemaVersion, mediaType } = JSON.parse(new TextDecoder().decode(bytes))
    const fields = { schemaVersion, mediaType, config, layers, subject: one, reference: two }
    const linked = (await putManifest(straight, undefined, fields as never)).descriptor
    if (!referrersApi) {
      const list = (entry: object) =>
        ({ schemaVersion: 2, mediaType: INDEX, manifests: [entry] }) as never
      await putManifest(straight, referrersTag(one.digest), list(linked))
      await putManifest(straight, referrersTag(two.digest), list({ ...linked, reference: two }))
    }
    const { complete } = await remove(app, 'v1', { referrers: true, strategies })
    expect(complete).toBe(true)
    for (const stays of [both, linked, two]) expect(await isThere(stays)).toBe(true)
    expect(await isThere(one)).toBe(false)
  }
})

describe('nothing is deleted', () => {
  const writes = (lines: readonly string[]) => lines.filter((line) => !/^(GET|HEAD)/.test(line))

  test.each([403, 500])('where what is attached cannot be listed: %i', async (status) => {
    const { app, straight, wire } = setUp({}, (request) =>
      request.url.includes('/referrers/') ? new Response('', { status }) : undefined,
    )
    await pushImage(straight)
    await attach(straight, 'v1', note())
    const removed = remove(app, 'v1', { referrers: true })
    await expect(removed).rejects.toThrow(/referrers/)
    const plan = await remove(app, 'v1', { referrers: true, dryRun: true })
    expect(plan.complete).toBe(false)
    expect(writes(wire.lines())).toEqual([])
  })

  test.each([403, 404])('where tags cannot be listed: %i', async (status) => {
    const { app, straight, wire } = setUp({}, (request) =>
      request.url.includes('/tags/list')
        ? Response.json({ errors: [{ code: 'X' }] }, { status })
        : undefined,
    )
    const image = await pushImage(straight)
    expect(await remove(app, 'v1')).toMatchObject({
      items: [],
      kept: [{ digest: image.digest, reason: expect.stringContaining('tags cannot be listed') }],
      complete: false,
    })
    expect(writes(wire.lines())).toEqual([])
  })

  test('of an image that is not there', async () => {
    const { app } = setUp()
    await expect(remove(app, 'v1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('for wrong options, before any request', async () => {
    const { app, wire } = setUp()
    await expect(remove(app, 'v1', { referrer: true } as never)).rejects.toThrow(/referrers/)
    const plan = { registry: 'other', repository: 'x', items: [] } as never
    await expect(remove(app, 'v1', { plan })).rejects.toMatchObject({ path: 'plan' })
    const digest = `sha256:${'0'.repeat(64)}`
    const item = { action: 'delete-manifest', digest, tags: [], after: [] }
    for (const wrong of [
      null,
      {},
      { ...item, digest: 'x' },
      { ...item, action: 'explode' },
      // It names no other repository.
      ...['attachedTo', 'after', 'entries', 'because'].flatMap((name) =>
        [['../../../other/x'], [7], null, digest].map((value) => ({ ...item, [name]: value })),
      ),
      { ...item, action: 'remove-entries' },
      { ...item, action: 'remove-entries', entries: [digest], subject: '../..' },
    ]) {
      const bent = { registry: 'registry.test', repository: 'team/app', items: [wrong] } as never
      await expect(remove(app, 'v1', { plan: bent })).rejects.toMatchObject({ path: 'plan' })
    }
    expect(wire.lines()).toEqual([])
  })
})

test('a plan is carried out as far as it holds still', async () => {
  const { app, straight, isThere } = setUp()
  await pushImage(straight)
  const before = await attach(straight, 'v1', note('before'))
  const plan: Removal = JSON.parse(
    JSON.stringify(await remove(app, 'v1', { referrers: true, dryRun: true })),
  )
  const tagged = await attach(straight, 'v1', note('before'), { tags: ['mine'] })
  expect(tagged.digest).toBe(before.digest)
  const { items, complete } = await remove(app, 'v1', { referrers: true, plan })
  expect(items.map(({ digest, status }) => [digest === before.digest, status])).toContainEqual([
    true,
    'stale',
  ])
  expect(complete).toBe(false)
  expect(await isThere(before)).toBe(true)
})

describe.each([true, false])('a plan whose tag is gone, with the referrers API: %j', (api) => {
  const planned = async () => {
    const given = setUp({ referrersApi: api })
    const { app, straight } = given
    const image = await pushImage(straight)
    const how = { settle: 0 }
    const attached = [
      await attach(straight, 'v1', note('subject'), how),
      await attach(straight, 'v1', note('tag'), { strategy: digestTags(), ...how }),
    ]
    const plan = await remove(app, 'v1', { referrers: true, dryRun: true })
    const { bytes } = (await findManifest(straight, 'v1'))!
    const tagAgain = () => putManifest(straight, 'v2', bytes, { mediaType: image.mediaType })
    return { ...given, image, attached, plan, tagAgain }
  }

  test('deletes nothing that is attached to an image that another tag leads to', async () => {
    const { app, straight, wire, isThere, image, attached, plan, tagAgain } = await planned()
    await tagAgain()
    await deleteManifest(straight, 'v1')
    const tags = await all(listTags(straight))
    const { kept } = await remove(app, 'v1', { referrers: true, plan })
    for (const stays of [image, ...attached]) expect(await isThere(stays)).toBe(true)
    expect(await all(listTags(straight))).toEqual(tags)
    expect(kept.map(({ digest }) => digest)).toContain(image.digest)
    expect(wire.lines().filter((line) => !/^(GET|HEAD)/.test(line))).toEqual([])
  })

  test('nor where whether the image is there cannot be told, or the plan was changed', async () => {
    let bent = false
    const { image, attached, plan, registry, isThere, tagAgain } = await planned()
    const app = repository('registry.test/team/app', {
      fetch: async (request) =>
        bent && request.url.includes(`/manifests/${image.digest}`)
          ? new Response('<html>', { status: 404 })
          : registry.fetch(request),
      retries: 0,
    })
    await tagAgain()
    await deleteManifest(app, 'v1')
    bent = true
    await remove(app, 'v1', { referrers: true, plan })
    bent = false
    const items = plan.items.map((item) => ({ ...item, tags: [...item.tags, 'v1', 'v2'] }))
    await remove(app, 'v1', { referrers: true, plan: { ...plan, items } })
    for (const stays of [image, ...attached]) expect(await isThere(stays)).toBe(true)
  })

  test('deletes the rest of it where the image is gone', async () => {
    const { app, straight, isThere, image, attached, plan } = await planned()
    await deleteManifest(straight, image.digest)
    await remove(app, 'v1', { referrers: true, plan })
    for (const goes of attached) expect(await isThere(goes)).toBe(false)
    expect(await all(listTags(straight)).catch(() => [])).toEqual([])
  })

  test('finds what of the rest was lost, whatever the plan says that it is attached to', async () => {
    let lost = false
    const { registry, straight, isThere, image, attached, plan } = await planned()
    await deleteManifest(straight, image.digest)
    const app = repository('registry.test/team/app', {
      retries: 0,
      fetch: async (request) => {
        const isLost = request.method === 'DELETE' && !lost
        lost ||= isLost
        return isLost ? new Response(null, { status: 202 }) : registry.fetch(request)
      },
    })
    const attachedTo = [`sha256:${'0'.repeat(64)}` as const]
    const items = plan.items.map((item) => ({ ...item, attachedTo }))
    const given = JSON.parse(JSON.stringify({ ...plan, items }))
    const { complete } = await remove(app, 'v1', { referrers: true, plan: given })
    const left = await Promise.all(attached.map(isThere))
    expect(lost).toBe(true)
    expect(complete).toBe(!left.includes(true))
  })

  test('leaves an image to which something was attached since', async () => {
    const { app, straight, isThere, image, plan } = await planned()
    const since = await attach(straight, 'v1', note('since'), { settle: 0 })
    const { items, complete } = await remove(app, 'v1', { referrers: true, plan })
    expect(complete).toBe(false)
    expect(items.find(({ digest }) => digest === image.digest)).toMatchObject({ status: 'stays' })
    expect(await isThere(image)).toBe(true)
    expect(await isThere(since)).toBe(true)
  })
})

test.each([
  ['none', { strategies: [] }],
  ['one beside several', { strategy: ociSubject(), strategies: [digestTags()] }],
])(
  'ways of linking that are %s are refused before any request, with referrers or without',
  async (_, how) => {
    for (const referrers of [true, false]) {
      const { app, straight, wire } = setUp()
      await pushImage(straight)
      const removed = remove(app, 'v1', { ...how, referrers } as never)
      await expect(removed).rejects.toMatchObject({ path: 'strategies' })
      expect(wire.lines()).toEqual([])
    }
  },
)
