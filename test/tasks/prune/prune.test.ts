// What prune() deletes, and what it leaves. All small graphs are in model.test.ts.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Fetch,
  graph,
  prune,
  referrers,
  referrersTag,
  repository,
  type Strategy,
} from '../../../src/index.ts'
import { deleteManifest, findManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = (text = 'x') => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})
const noApi: EmbeddedRegistryOptions = { referrersApi: false }

function setUp(
  options: EmbeddedRegistryOptions = noApi,
  bend?: (request: Request) => Response | undefined,
) {
  const registry = embeddedRegistry(options)
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const fetch: Fetch = async (request) => bend?.(request) ?? registry.fetch(request)
  const wire = recorded(fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
  const isThere = async ({ digest }: Pick<Descriptor, 'digest'>) =>
    (await findManifest(straight, digest)) !== undefined
  return { registry, app, straight, wire, isThere }
}

test('a repository in which all is needed has nothing to prune', async () => {
  const { app, straight, wire } = setUp()
  await pushImage(straight)
  for (const strategy of [ociSubject(), digestTags()]) {
    await attach(straight, 'v1', note(strategy.name), { strategy, settle: 0 })
  }
  expect(await prune(app)).toMatchObject({ items: [], kept: [], complete: true, problems: [] })
  expect(wire.lines().filter((line) => !line.startsWith('GET'))).toEqual([])
})

describe.each<[string, () => Strategy]>([
  ['ociSubject()', () => ociSubject()],
  ['digestTags()', () => digestTags()],
  ['cosignTags()', () => cosignTags({ suffix: 'note' })],
])('what %s linked to an image that is gone', (_, strategy) => {
  test('is deleted, and nothing of what is linked to another', async () => {
    const { app, straight, isThere } = setUp()
    const gone = await pushImage(straight, 'old', 'old')
    const stays = await pushImage(straight, 'v1')
    const how = { strategy: strategy(), settle: 0 }
    const dead = await attach(straight, gone, note('dead'), how)
    const lives = await attach(straight, stays, note('lives'), how)
    await deleteManifest(straight, gone.digest)
    const plan = await prune(app, { dryRun: true })
    expect(plan.items.map(({ status }) => status)).toEqual(plan.items.map(() => 'planned'))
    expect(await isThere(dead)).toBe(true)

    const { items, complete } = await prune(app)
    expect(items).toEqual(plan.items.map((item) => ({ ...item, status: 'done' })))
    expect(items.map(({ digest }) => digest)).toContain(dead.digest)
    expect(items.every(({ reason }) => reason.includes(gone.digest))).toBe(true)
    expect(complete).toBe(true)
    expect(await isThere(dead)).toBe(false)
    expect(await isThere(lives)).toBe(true)
    expect(await all(referrers(straight, stays, { strategy: strategy() }))).toHaveLength(1)
    expect(await prune(app)).toMatchObject({ items: [], complete: true })
    expect(
      (await graph(app)).tags
        .map(({ tag }) => tag)
        .filter((tag) => tag.includes(gone.digest.slice(7))),
    ).toEqual([])
  })
})

test('a published index that a digest tag of a gone platform leads to loses that tag alone', async () => {
  const { app, straight, isThere } = setUp()
  const image = await pushImage(straight, 'tmp', 'tmp')
  const list = { schemaVersion: 2, mediaType: INDEX, manifests: [] } as const
  const { descriptor } = await putManifest(straight, 'v1', list)
  const tag = `${referrersTag(image.digest)}.${descriptor.digest.slice(7, 23)}.sbom`
  await putManifest(straight, tag, list)
  await deleteManifest(straight, image.digest)
  const { items } = await prune(app)
  expect(items).toMatchObject([{ action: 'delete-tag', tags: [tag], status: 'done' }])
  expect(await isThere(descriptor)).toBe(true)
  expect((await graph(app)).tags.map((one) => one.tag)).toEqual(['v1'])
})

test('an entry whose manifest is gone is taken out of its list, and the others stay', async () => {
  const { app, straight } = setUp()
  const image = await pushImage(straight)
  const lost = await attach(straight, 'v1', note('lost'), { settle: 0 })
  const kept = await attach(straight, 'v1', note('kept'), { settle: 0 })
  await deleteManifest(straight, lost.digest)
  const { items } = await prune(app, { settle: 0 })
  expect(items).toMatchObject([
    { action: 'remove-entries', entries: [lost.digest], subject: image.digest, status: 'done' },
  ])
  expect((await all(referrers(straight, 'v1'))).map(({ digest }) => digest)).toEqual([kept.digest])
})

test('a list without a referrer goes, unless somebody has given it a tag', async () => {
  const { app, straight } = setUp()
  const image = await pushImage(straight)
  const empty = { schemaVersion: 2, mediaType: INDEX, manifests: [] } as const
  await putManifest(straight, referrersTag(image.digest), empty)
  await putManifest(straight, 'mine', empty)
  expect((await prune(app)).items).toEqual([])
  await deleteManifest(straight, 'mine')
  expect((await prune(app)).items).toMatchObject([{ action: 'delete-manifest', status: 'done' }])
  expect((await graph(app)).tags).toMatchObject([{ tag: 'v1' }])
})

test('signatures of images in another repository stay where they are kept apart', async () => {
  const { app, straight, registry, isThere, wire } = setUp()
  const images = repository('registry.test/team/images', { fetch: registry.fetch })
  await pushImage(images)
  const strategy = cosignTags({ suffix: 'sig', repository: straight })
  const signature = await attach(images, 'v1', note(), { strategy, settle: 0 })
  const about = await attach(straight, signature.digest, note('about it'), { settle: 0 })
  const { items, kept } = await prune(app)
  expect(items).toEqual([])
  expect(kept.find(({ digest }) => digest === signature.digest)).toMatchObject({
    reason: expect.stringContaining('another repository'),
  })
  for (const stays of [signature, about]) expect(await isThere(stays)).toBe(true)
  expect(wire.lines().filter((line) => !line.startsWith('GET'))).toEqual([])
})

test('what is attached to a blob is not taken for dead', async () => {
  const { app, straight, isThere } = setUp()
  await pushImage(straight)
  const blob = await pushBlob(straight, 'weights', { mediaType: 'application/octet-stream' })
  const artifact = await attach(straight, 'v1', note(), { settle: 0 })
  const { bytes } = (await findManifest(straight, artifact.digest))!
  const about = { ...JSON.parse(new TextDecoder().decode(bytes)), subject: blob }
  const { descriptor } = await putManifest(straight, undefined, about)
  const list = { schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] } as const
  await putManifest(straight, referrersTag(blob.digest), list)
  expect((await prune(app, { settle: 0 })).items).toEqual([])
  expect(await isThere(descriptor)).toBe(true)
})

describe('what could not be read', () => {
  const dead = async (straight: Parameters<typeof attach>[0]) => {
    const gone = await pushImage(straight, 'old', 'old')
    await pushImage(straight, 'v1')
    const artifact = await attach(straight, gone, note(), { settle: 0 })
    await deleteManifest(straight, gone.digest)
    return artifact
  }

  test.each([403, 404, 500])(
    'may need anything, and keeps all: a tag that answers %i',
    async (status) => {
      const { app, straight, isThere } = setUp(noApi, (request) =>
        request.url.endsWith('/manifests/v1') ? new Response('<html>', { status }) : undefined,
      )
      const artifact = await dead(straight)
      const { items, kept, complete } = await prune(app)
      expect({ items, complete }).toEqual({ items: [], complete: false })
      expect(kept.map(({ digest }) => digest)).toContain(artifact.digest)
      expect(await isThere(artifact)).toBe(true)
    },
  )

  test('as to whether a subject is gone, keeps what is attached to it', async () => {
    let subject = ''
    const { app, straight, isThere } = setUp(noApi, (request) =>
      subject && request.url.includes(`/manifests/${subject}`)
        ? new Response('', { status: 404 })
        : undefined,
    )
    const artifact = await dead(straight)
    subject = artifact.subject.digest
    expect(await prune(app)).toMatchObject({ items: [], complete: false })
    expect(await isThere(artifact)).toBe(true)
  })

  test('is more than "maxTags": nothing is deleted', async () => {
    const { app, straight, isThere } = setUp()
    const artifact = await dead(straight)
    expect(await prune(app, { maxTags: 1 })).toMatchObject({ items: [], complete: false })
    expect(await isThere(artifact)).toBe(true)
  })
})

describe('rules', () => {
  const old = async () => {
    const given = setUp()
    const { straight } = given
    const gone = await pushImage(straight, 'old', 'old')
    const made = []
    for (const [i, text] of ['a', 'b', 'c'].entries()) {
      const created = new Date(Date.UTC(2026, i, 1))
      made.push(await attach(straight, gone, { ...note(text), created }, { settle: 0 }))
    }
    await deleteManifest(straight, gone.digest)
    return { ...given, made: made.map(({ digest }) => digest) }
  }

  test.each([
    ['a type', { artifactType: note().artifactType }, 'abc'],
    ['annotations', { annotations: { text: 'b' } }, 'b'],
    ['a date', { since: new Date(Date.UTC(2026, 1, 1)) }, 'bc'],
    ['a number', { newest: 1 }, 'c'],
    [
      'a function',
      {
        where: ({ annotations }: { annotations?: Record<string, string> }) =>
          annotations?.text === 'a',
      },
      'a',
    ],
    ['several', [{ annotations: { text: 'a' } }, { newest: 1 }], 'ac'],
  ] as const)('keep what they mean: %s', async (_, keep, kept) => {
    const { app, made, isThere } = await old()
    const { items } = await prune(app, { keep: keep as never, settle: 0 })
    for (const [i, text] of ['a', 'b', 'c'].entries()) {
      const digest = made[i]!
      const stays = kept.includes(text)
      expect(await isThere({ digest }), text).toBe(stays)
      expect(items.some((item) => item.digest === digest)).toBe(!stays)
    }
  })

  test('keep what is attached to what they mean', async () => {
    const { app, straight, isThere, made } = await old()
    const sbom = made[0]!
    const signature = await attach(straight, sbom, note('signature'), { settle: 0 })
    const { kept } = await prune(app, { keep: { annotations: { text: 'a' } }, settle: 0 })
    expect(await isThere(signature)).toBe(true)
    expect(await isThere({ digest: sbom })).toBe(true)
    expect(await isThere({ digest: made[1]! })).toBe(false)
    expect(kept.map(({ digest }) => digest)).toContain(signature.digest)
    expect(await all(referrers(straight, sbom))).toHaveLength(1)
  })

  test.each([
    [{}],
    [{ constructor: 1 }],
    [{ artifactTypes: 'x' }],
    [{ newest: 0 }],
    ['all'],
    [{ since: 'x' }],
  ])('that mean nothing are refused: %j', async (keep) => {
    const { app, wire } = setUp()
    await expect(prune(app, { keep: keep as never })).rejects.toMatchObject({ path: 'keep' })
    expect(wire.lines()).toEqual([])
  })
})

describe('what changes while it runs', () => {
  test('is left alone: the subject is pushed again', async () => {
    const { app, straight, isThere } = setUp()
    const image = await pushImage(straight, 'old', 'old')
    const artifact = await attach(straight, image, note(), { settle: 0 })
    await deleteManifest(straight, image.digest)
    const plan = await prune(app, { dryRun: true })
    expect(plan.items.length).toBeGreaterThan(0)
    await pushImage(straight, 'old', 'old')
    const done = await prune(app, { plan })
    expect(done.items.map(({ status }) => status)).toEqual(plan.items.map(() => 'stale'))
    expect(done.complete).toBe(false)
    expect(await isThere(artifact)).toBe(true)
  })

  test('a tag that somebody sets meanwhile keeps what is attached to what it leads to', async () => {
    const { registry, straight, isThere } = setUp()
    const image = await pushImage(straight, 'old', 'old')
    const sbom = await attach(straight, image, note('sbom'), { settle: 0 })
    const signature = await attach(straight, sbom, note('signature'), { settle: 0 })
    const { bytes } = (await findManifest(straight, sbom.digest))!
    await deleteManifest(straight, image.digest)
    let lists = 0
    const app = repository('registry.test/team/app', {
      fetch: async (request) => {
        const isSecond = request.url.includes('/tags/list') && ++lists === 2
        if (isSecond) await putManifest(straight, 'mine', bytes, { mediaType: sbom.mediaType })
        return registry.fetch(request)
      },
    })
    expect((await prune(app)).complete).toBe(false)
    for (const one of [sbom, signature]) expect(await isThere(one)).toBe(true)
    const listed = await all(referrers(straight, sbom))
    expect(listed.map(({ digest }) => digest)).toEqual([signature.digest])
  })

  test('what somebody attaches something to meanwhile stays, with the new link', async () => {
    const { registry, straight, isThere } = setUp()
    const image = await pushImage(straight, 'old', 'old')
    const sbom = await attach(straight, image, note('sbom'), { settle: 0 })
    const other = await attach(straight, image, note('other'), { settle: 0 })
    await deleteManifest(straight, image.digest)
    let lists = 0
    const app = repository('registry.test/team/app', {
      fetch: async (request) => {
        const isSecond = request.url.includes('/tags/list') && ++lists === 2
        if (isSecond) await attach(straight, sbom, note('signature'), { settle: 0 })
        return registry.fetch(request)
      },
    })
    expect((await prune(app)).complete).toBe(false)
    expect(await isThere(sbom)).toBe(true)
    expect(await isThere(other)).toBe(false)
    expect(await all(referrers(straight, sbom))).toHaveLength(1)
  })

  test('a tag that somebody sets meanwhile keeps what it leads to', async () => {
    let onList: (() => Promise<unknown>) | undefined
    const { registry, straight, isThere } = setUp()
    const image = await pushImage(straight, 'old', 'old')
    const artifact = await attach(straight, image, note(), { settle: 0 })
    await deleteManifest(straight, image.digest)
    const { bytes } = (await findManifest(straight, artifact.digest))!
    const tag = () => putManifest(straight, 'mine', bytes, { mediaType: artifact.mediaType })
    let lists = 0
    onList = () => (++lists === 2 ? tag() : Promise.resolve())
    const app = repository('registry.test/team/app', {
      fetch: async (request) => {
        if (request.url.includes('/tags/list')) await onList?.()
        return registry.fetch(request)
      },
    })
    const { items } = await prune(app)
    expect(lists).toBe(2)
    expect(items.find(({ digest }) => digest === artifact.digest)).toMatchObject({
      status: 'stale',
    })
    expect(await isThere(artifact)).toBe(true)
  })
})

test.each([405, 501])(
  'where deletes are refused (%i) each item says so, after one request',
  async (status) => {
    const { app, straight, wire, isThere } = setUp(noApi, ({ method }) =>
      method === 'DELETE'
        ? Response.json({ errors: [{ code: 'UNSUPPORTED', message: 'no deletes' }] }, { status })
        : undefined,
    )
    const image = await pushImage(straight, 'old', 'old')
    const artifact = await attach(straight, image, note(), { settle: 0 })
    await deleteManifest(straight, image.digest)
    const { items, complete } = await prune(app)
    expect(items).toMatchObject([
      { status: 'refused', error: expect.stringContaining('no deletes') },
      { status: 'stays' },
    ])
    expect(complete).toBe(false)
    expect(await isThere(artifact)).toBe(true)
    expect(wire.lines().filter((line) => line.startsWith('DELETE'))).toHaveLength(1)
  },
)

test('where no tag can be deleted, manifests and entries of lists go all the same', async () => {
  const { app, straight, wire, isThere } = setUp(noApi, ({ method, url }) =>
    method === 'DELETE' && !url.includes('/sha256:')
      ? Response.json({ errors: [{ code: 'UNSUPPORTED' }] }, { status: 405 })
      : undefined,
  )
  const gone = await pushImage(straight, 'old', 'old')
  const how = { strategy: digestTags() }
  // More than are under way at once: the first answer is enough for the others.
  for (let i = 0; i < 40; i++) {
    await attach(straight, gone, note(`${i}`), { ...how, tags: [`mine-${i}`] })
  }
  const image = await pushImage(straight)
  const lost = await attach(straight, image, note('lost'), { settle: 0 })
  await deleteManifest(straight, lost.digest)
  const dead = await attach(straight, gone, note('dead'), how)
  await deleteManifest(straight, gone.digest)
  const { items, complete } = await prune(app, { settle: 0 })
  expect(complete).toBe(false)
  expect(await isThere(dead)).toBe(false)
  const done = items.filter(({ status }) => status === 'done').map(({ action }) => action)
  expect(done.toSorted()).toEqual(['delete-manifest', 'remove-entries'])
  expect(items.filter(({ status }) => status === 'refused')).toHaveLength(40)
  expect(wire.lines().filter((line) => line.startsWith('DELETE')).length).toBeLessThan(40)
})

test('a document that lists what somebody has tagged meanwhile stays', async () => {
  const { registry, straight, isThere } = setUp()
  const image = await pushImage(straight, 'old', 'old')
  const artifact = await attach(straight, image, note(), { settle: 0 })
  await deleteManifest(straight, image.digest)
  const { bytes } = (await findManifest(straight, artifact.digest))!
  let lists = 0
  const app = repository('registry.test/team/app', {
    fetch: async (request) => {
      if (request.url.includes('/tags/list') && ++lists === 2) {
        await putManifest(straight, 'mine', bytes, { mediaType: artifact.mediaType })
      }
      return registry.fetch(request)
    },
  })
  let left = 0
  const { items, complete } = await prune(app, {
    onProgress: ({ items }) => {
      left = items.total - items.done
    },
  })
  expect(left).toBe(0)
  expect(items.map(({ status }) => status).toSorted()).toEqual(['stale', 'stays'])
  expect(complete).toBe(false)
  expect(await isThere(artifact)).toBe(true)
  expect((await findManifest(straight, referrersTag(image.digest))) !== undefined).toBe(true)
})
