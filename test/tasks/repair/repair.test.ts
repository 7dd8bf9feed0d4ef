// Lists of referrers that tools, deletes and upgrades have left wrong, made right from the manifests.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Fetch,
  hasReferrer,
  referrers,
  referrersTag,
  repair,
  repository,
} from '../../../src/index.ts'
import { deleteManifest, getManifest, putManifest } from '../../../src/registry/index.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const EMPTY = 'application/vnd.oci.empty.v1+json'
const note = (text = 'x') => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

async function setUp(options: EmbeddedRegistryOptions = { referrersApi: false }, bend?: Fetch) {
  const registry = embeddedRegistry(options)
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const wire = recorded(bend ?? registry.fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
  const image = await pushImage(straight)
  const tag = referrersTag(image.digest)
  const read = async (): Promise<{ manifests: Descriptor[] }> =>
    JSON.parse(new TextDecoder().decode((await getManifest(straight, tag)).bytes))
  const write = (manifests: readonly object[], more: object = {}) =>
    putManifest(straight, tag, { schemaVersion: 2, mediaType: INDEX, manifests, ...more } as never)
  const writes = () => wire.lines().filter((line) => !/^(GET|HEAD)/.test(line))
  return { registry, app, straight, wire, image, tag, read, write, writes }
}

describe('an entry of the referrers tag', () => {
  test.each<[string, (entry: Descriptor) => object, string]>([
    [
      'the empty type, as some tools give to all',
      (one) => ({ ...one, artifactType: EMPTY }),
      'artifactType',
    ],
    ['no type', ({ artifactType: _, ...one }) => one, 'artifactType'],
    ['a wrong size', (one) => ({ ...one, size: one.size + 1 }), 'size'],
    ['a wrong media type', (one) => ({ ...one, mediaType: INDEX }), 'mediaType'],
    ['other annotations', (one) => ({ ...one, annotations: { text: 'y' } }), 'annotations'],
  ])('that has %s is corrected, and the others stay as they are', async (_, spoil, field) => {
    const { app, straight, read, write, writes } = await setUp()
    await attach(straight, 'v1', note('1'), { settle: 0 })
    await attach(straight, 'v1', note('2'), { settle: 0 })
    const right = await read()
    const more = { annotations: { kept: 'yes' } }
    await write(
      [{ ...spoil(right.manifests[0]!), urls: ['https://kept.test'] }, right.manifests[1]!],
      more,
    )

    const plan = await repair(app, 'v1', { dryRun: true })
    expect(plan.items).toMatchObject([
      { action: 'correct-entry', fields: [field], status: 'planned' },
    ])
    expect(writes()).toEqual([])
    const { items, complete } = await repair(app, 'v1', { settle: 0 })
    expect(items).toEqual(plan.items.map((item) => ({ ...item, status: 'done' })))
    expect(complete).toBe(true)
    expect(await read()).toEqual({
      ...right,
      ...more,
      manifests: [{ ...right.manifests[0], urls: ['https://kept.test'] }, right.manifests[1]],
    })
    expect(await hasReferrer(app, 'v1', { artifactType: note().artifactType })).toBe(true)
    expect(await repair(app, 'v1')).toMatchObject({ items: [], complete: true })
  })

  test('whose manifest is gone is taken out, in the same write as what is corrected', async () => {
    const { app, straight, read, write, writes } = await setUp()
    const gone = await attach(straight, 'v1', note('1'), { settle: 0 })
    await attach(straight, 'v1', note('2'), { settle: 0 })
    const [first, second] = (await read()).manifests
    await write([first!, { ...second!, artifactType: EMPTY }])
    await deleteManifest(straight, gone.digest)
    const { items } = await repair(app, 'v1', { settle: 0 })
    expect(items.map(({ action, status }) => [action, status])).toEqual([
      ['remove-entry', 'done'],
      ['correct-entry', 'done'],
    ])
    expect((await read()).manifests).toEqual([second])
    expect(writes()).toHaveLength(1)
  })

  test('that belongs to something else is left and named', async () => {
    const { app, straight, write, writes } = await setUp()
    const other = await pushImage(straight, 'other', 'other')
    const { digest, mediaType, size } = await attach(straight, other, note(), { settle: 0 })
    await write([{ digest, mediaType, size }])
    const { items, left, complete } = await repair(app, 'v1')
    expect({ items, complete }).toEqual({ items: [], complete: true })
    expect(left).toMatchObject([{ digest, reason: expect.stringContaining('something else') }])
    expect(writes()).toEqual([])
  })
})

test('a tag that holds something else is left as it is', async () => {
  const { app, straight, tag, writes } = await setUp()
  const other = await pushImage(straight, 'other', 'other')
  const { bytes } = await getManifest(straight, other.digest)
  await putManifest(straight, tag, bytes, { mediaType: other.mediaType })
  const { items, left } = await repair(app, 'v1')
  expect(items).toEqual([])
  expect(left).toMatchObject([{ reason: expect.stringContaining('the tag holds') }])
  expect(writes()).toEqual([])
})

test('all of it is listed by a registry that loses what is pushed at the same time', async () => {
  const before = embeddedRegistry({ referrersApi: false })
  const old = repository('registry.test/team/app', { fetch: before.fetch })
  await pushImage(old)
  for (const text of ['a', 'b', 'c'])
    await attach(old, 'v1', { ...note(), annotations: { text } }, { settle: 0 })
  const listed = new Set<string>()
  let running = 0
  const fetch: Fetch = async (request) => {
    const { pathname } = new URL(request.url)
    if (request.method === 'PUT') {
      const isLost = running++ > 0
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      if (!isLost) listed.add(pathname.slice(pathname.lastIndexOf('/') + 1))
    }
    if (!pathname.includes('/referrers/')) return before.fetch(request)
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const manifests = [...listed].map((digest) => ({ mediaType, digest, size: 500 }))
    return Response.json({ manifests }, { headers: { 'content-type': INDEX } })
  }
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  const { items, complete } = await repair(app, 'v1')
  expect(items.map(({ action, status }) => `${action} ${status}`)).toEqual(
    Array(3).fill('list-again done'),
  )
  expect(complete).toBe(true)
})

test('what only the tag of an upgraded registry has is listed by the registry then', async () => {
  // What was pushed while it had no list is not in it.
  const before = embeddedRegistry({ referrersApi: false })
  const old = repository('registry.test/team/app', { fetch: before.fetch })
  await pushImage(old)
  const { digest } = await attach(old, 'v1', note(), { settle: 0 })
  const listed = new Set<string>()
  const fetch: Fetch = async (request) => {
    const { pathname } = new URL(request.url)
    if (request.method === 'PUT' && pathname.endsWith(digest)) listed.add(digest)
    if (!pathname.includes('/referrers/')) return before.fetch(request)
    const manifests = [...listed].map((one) => ({
      ...{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: one, size: 500 },
    }))
    const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    return new Response(body, { headers: { 'content-type': INDEX } })
  }
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  const plan = await repair(app, 'v1', { dryRun: true })
  expect(plan.items).toMatchObject([{ action: 'list-again', digest }])
  expect(listed.size).toBe(0)
  expect((await repair(app, 'v1')).items).toMatchObject([{ action: 'list-again', status: 'done' }])
  expect(listed).toEqual(new Set([digest]))
  expect((await repair(app, 'v1')).items).toEqual([])
})

test('platforms of an index are repaired with it', async () => {
  const { app, straight, image } = await setUp()
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: [image] } as const
  await putManifest(straight, 'multi', index)
  const { digest } = await attach(straight, image, note(), { settle: 0 })
  await deleteManifest(straight, digest)
  expect((await repair(app, 'multi', { scope: 'index' })).items).toEqual([])
  expect((await repair(app, 'multi', { settle: 0 })).items).toMatchObject([
    { action: 'remove-entry', subject: image.digest, digest, status: 'done' },
  ])
})

test.each([403, 500, 503])(
  'nothing is written where a list or a manifest answers %i',
  async (status) => {
    for (const part of ['/referrers/', '/manifests/sha256-', '/manifests/sha256:']) {
      const { registry, straight } = await setUp()
      const attached = await attach(straight, 'v1', note(), { settle: 0 })
      const sent: string[] = []
      const app = repository('registry.test/team/app', {
        retries: 0,
        async fetch(request) {
          sent.push(request.method)
          const hit = request.url.includes(part) && !request.url.includes(attached.subject.digest)
          const list = part === '/referrers/' && request.url.includes(part)
          return hit || list ? new Response('', { status }) : registry.fetch(request)
        },
      })
      const result = await repair(app, 'v1').catch((error: unknown) => error)
      if (!(result instanceof Error)) expect(result).toMatchObject({ items: [], left: [{}] })
      expect(sent.filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual([])
    }
  },
)

test('cut off at any request, another run makes it right', async () => {
  for (let at = 1; ; at++) {
    const { registry, straight, read, write } = await setUp()
    for (const text of ['1', '2', '3']) await attach(straight, 'v1', note(text), { settle: 0 })
    const right = await read()
    await write(right.manifests.map((entry) => ({ ...entry, artifactType: EMPTY })))
    let sent = 0
    const dying = repository('registry.test/team/app', {
      retries: 0,
      async fetch(request) {
        if (++sent > at) throw new TypeError('fetch failed')
        const response = await registry.fetch(request)
        if (sent === at) throw new TypeError('fetch failed')
        return response
      },
    })
    const first = await repair(dying, 'v1', { settle: 0 }).catch(() => undefined)
    await repair(straight, 'v1', { settle: 0 })
    expect(await read(), `${at}`).toEqual(right)
    if (first?.complete) break
    expect(at).toBeLessThan(50)
  }
})

test('wrong options are refused before any request, and an abort gives its reason', async () => {
  const { app, wire } = await setUp()
  await expect(repair(app, 'v1', { scopes: 'all' } as never)).rejects.toThrow(/scope/)
  const reason = new Error('stop')
  await expect(repair(app, 'v1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(wire.lines()).toEqual([])
  expect(await all(referrers(app, 'v1'))).toEqual([])
})
