// A repository as data.
import { expect, onTestFinished, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, graph, referrersTag, repository } from '../../../src/index.ts'
import { deleteManifest, findManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }

function setUp(options: EmbeddedRegistryOptions = {}) {
  const registry = embeddedRegistry(options)
  const wire = recorded(registry.fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
  return { app, wire, straight: repository('registry.test/team/app', { fetch: registry.fetch }) }
}

const ways = [
  ociSubject(),
  digestTags(),
  cosignTags({ suffix: 'note' }),
  indexAnnotations(),
  referenceField(),
  artifactManifest(),
]

test.each(ways)(
  'has what is linked by $name, reached by the tag of its subject',
  async (strategy) => {
    for (const referrersApi of [true, false]) {
      const { app, straight } = setUp({ referrersApi })
      const image = await pushImage(straight)
      const attached = await attach(straight, 'v1', note, { strategy, settle: 0 })
      const { manifests, edges, tags, complete } = await graph(app)
      expect(complete).toBe(true)
      expect(tags).toContainEqual({ tag: 'v1', kind: 'named', digest: image.digest })
      expect(manifests.find(({ digest }) => digest === attached.digest)).toMatchObject({
        status: 'there',
        reachedBy: 'v1',
      })
      const links = edges.filter(({ from, to }) => from === attached.digest && to === image.digest)
      const index = edges.filter(({ to, role }) => to === attached.digest && role === 'manifest')
      expect(links.length + index.length).toBeGreaterThan(0)
    }
  },
)

test('reads each manifest once, and asks for no link tag that the list of tags lacks', async () => {
  for (const referrersApi of [true, false]) {
    const { app, straight, wire } = setUp({ referrersApi })
    await pushImage(straight)
    for (let i = 0; i < 5; i++) {
      await attach(straight, 'v1', { ...note, annotations: { i: `${i}` } }, { settle: 0 })
    }
    await graph(app, { strategy: ociSubject() })
    const reads = wire.lines().filter((line) => line.startsWith('GET /manifests/'))
    expect(reads).toHaveLength(referrersApi ? 6 : 7)
  }
})

test('asks for the list of a manifest once, though several strategies read it', async () => {
  const { app, straight, wire } = setUp({ profile: 'olareg' })
  for (const tag of ['v1', 'v2', 'v3']) await pushImage(straight, tag, tag)
  await graph(app)
  const lists = wire.lines().filter((line) => line.startsWith('GET /referrers/'))
  expect(lists).toHaveLength(3)
})

test.each([
  ['distribution2', 6, []],
  // A 404 without a body is how zot 1 says of ORAS's first list that it is empty.
  ['olareg', 4, ['GET /referrers/', 'GET https://registry.test/oras/artifacts/']],
] as const)('asks %s once for a list that it does not have', async (profile, missing, kept) => {
  const { app, straight, wire } = setUp({ profile })
  for (let i = 0; i < 20; i++) await pushImage(straight, `v${i}`, `v${i}`)
  await graph(app)
  expect(wire.lines()).toHaveLength(1 + 20 + missing + kept.length * 20)
})

test('lets timers and answers through while it goes through what it has read', async () => {
  const { app, straight } = setUp({ profile: 'distribution3' })
  await pushImage(straight)
  const { bytes } = (await findManifest(straight, 'v1'))!
  const base = JSON.parse(new TextDecoder().decode(bytes))
  for (let i = 0; i < 1000; i++) {
    await putManifest(straight, `v${i}`, { ...base, annotations: { i: `${i}` } })
  }
  await graph(straight, { maxTags: 1 })
  let ticks = 0
  const timer = setInterval(() => {
    ticks++
  }, 1)
  onTestFinished(() => clearInterval(timer))
  const seen: number[] = []
  await graph(app, { onProgress: () => void seen.push(ticks) })
  expect(seen).toHaveLength(2000)
  // The second thousand is read already: no request is sent for it.
  expect(new Set(seen.slice(1000)).size).toBeGreaterThan(2)
})

test('lets timers through, and garbage be collected, while tags that lead nowhere are answered at once', async () => {
  const tags = Array.from({ length: 600 }, (_, i) => `v${i}`)
  const missing = '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'
  const headers = { 'content-type': 'application/json' }
  const fetch = async ({ url }: Request) =>
    url.includes('/tags/list')
      ? new Response(JSON.stringify({ name: 'app', tags }), { headers })
      : new Response(missing, { status: 404, headers })
  let ticks = 0
  const timer = setInterval(() => {
    ticks++
  }, 1)
  onTestFinished(() => clearInterval(timer))
  const seen: number[] = []
  const { tags: found } = await graph(repository('registry.test/app', { fetch }), {
    onProgress: () => void seen.push(ticks),
  })
  expect(found).toHaveLength(600)
  expect(new Set(seen).size).toBeGreaterThan(2)
})

test('says what is gone, and what nothing reaches', async () => {
  const { app, straight } = setUp({ referrersApi: false })
  const image = await pushImage(straight, 'old', 'old')
  const attached = await attach(straight, image, note, { settle: 0 })
  await deleteManifest(straight, image.digest)
  const { manifests } = await graph(app)
  const status = (digest: string) => manifests.find((one) => one.digest === digest)
  expect(status(image.digest)).toEqual({ digest: image.digest, status: 'gone' })
  expect(status(attached.digest)).toMatchObject({
    status: 'there',
    artifactType: note.artifactType,
  })
  expect(status(attached.digest)?.reachedBy).toBeUndefined()
})

test('does not take a blob in an index for a manifest that is gone', async () => {
  const { app, straight } = setUp({ referrersApi: false })
  const image = await pushImage(straight)
  const blob = await pushBlob(straight, 'text', { mediaType: 'text/plain' })
  const list = { schemaVersion: 2, mediaType: INDEX, manifests: [blob] } as const
  await putManifest(straight, referrersTag(image.digest), list)
  const { manifests } = await graph(app)
  const found = manifests.find(({ digest }) => digest === blob.digest)
  expect(found).toMatchObject({ status: 'unknown' })
})

test('ends with a circle, and is JSON', async () => {
  const { app, straight } = setUp({ referrersApi: false })
  const one = await pushImage(straight, 'one', 'one')
  const two = await pushImage(straight, 'two', 'two')
  const list = (manifest: object) =>
    ({ schemaVersion: 2, mediaType: INDEX, manifests: [manifest] }) as never
  await putManifest(straight, referrersTag(one.digest), list(two))
  await putManifest(straight, referrersTag(two.digest), list(one))
  const found = await graph(app)
  expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  expect(found.manifests).toHaveLength(4)
})

test('refuses options before any request, and gives the signal’s reason', async () => {
  const { app, wire } = setUp()
  await expect(graph(app, { maxTag: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  const reason = new Error('stop')
  await expect(graph(app, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(wire.lines()).toEqual([])
})
