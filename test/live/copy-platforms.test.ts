// Between real registries: an index with what is attached to each platform and a layer that moves in parts; what differs
// afterwards; what a registry cannot keep; and a copy that only looks.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  attach,
  copy,
  type Descriptor,
  diff,
  discover,
  type Repository,
  repository,
} from '../../src/index.ts'
import { findManifest, getBlobBytes, pushBlob, putManifest } from '../../src/registry/index.ts'
import {
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
} from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { dockerRegistry, embedded, olareg, type RunningRegistry } from './_registries.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const type = 'application/spdx+json'
const MiB = 1024 * 1024
const options = { referrers: true, settle: 0 } as const

let docker: RunningRegistry
let lareg: RunningRegistry
let ours: RunningRegistry

beforeAll(async () => {
  ;[docker, lareg, ours] = await Promise.all([
    dockerRegistry.start(),
    olareg.start(),
    embedded.start(),
  ])
}, 120_000)
afterAll(async () => {
  await Promise.all([docker, lareg, ours].map((one) => one?.stop()))
})

const note = (text: string) => ({ artifactType: type, blobs: [{ data: text, mediaType: type }] })
const digests = (list: readonly { readonly digest: string }[]) =>
  list.map(({ digest }) => digest).sort()

/** An image with a layer of 20 MiB. */
async function pushLarge(app: Repository): Promise<Descriptor> {
  const config = await pushBlob(app, '{"architecture":"arm64","os":"linux"}', {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  })
  const layer = await pushBlob(
    app,
    new Uint8Array(20 * MiB).map((_, at) => (at >> 6) % 251),
    { mediaType: 'application/vnd.oci.image.layer.v1.tar' },
  )
  const manifest = { schemaVersion: 2, mediaType: IMAGE, config, layers: [layer] } as const
  return (await putManifest(app, 'arm64', manifest)).descriptor
}

/** An index of two platforms, with what is attached to it and to each of them. */
async function pushAll(app: Repository) {
  const amd64 = await pushImage(app, 'amd64', 'amd64')
  const arm64 = await pushLarge(app)
  const manifests = [
    { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
    { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
  ]
  const index = { schemaVersion: 2, mediaType: INDEX, manifests } as const
  const { descriptor } = await putManifest(app, 'v1', index)
  for (const [subject, strategy] of [
    [descriptor, ociSubject()],
    [amd64, ociSubject()],
    [amd64, digestTags()],
    [arm64, indexAnnotations()],
    [arm64, digestTags()],
  ] as const) {
    const text = `${strategy.name} of ${subject.digest}`
    await attach(app, subject, note(text), { strategy, settle: 0 })
  }
  return { amd64, arm64 }
}

test('an index with referrers of both platforms, and a large layer, from docker-registry to olareg', async () => {
  const app = repository(`${docker.host}/team/index`)
  const { amd64, arm64 } = await pushAll(app)

  // Only looked at first: as much as is copied afterwards, and nothing is there.
  const seen = repository(`${lareg.host}/mirror/index`)
  const plan = await copy(app, 'v1', seen, { ...options, dryRun: true })
  expect(plan).toMatchObject({ dryRun: true, complete: true, losses: [] })
  expect(await findManifest(seen, 'v1')).toBeUndefined()

  let most = 0
  const to = repository(`${lareg.host}/mirror/index`)
  const report = await copy(app, 'v1', to, {
    ...options,
    onProgress: ({ bytes }) => {
      most = Math.max(most, bytes.done)
    },
  })
  expect(report).toMatchObject({ complete: true, losses: [], dryRun: false })
  expect(most).toBeGreaterThan(20 * MiB)
  expect(report.referrers).toHaveLength(5)
  expect(digests(report.manifests)).toEqual(digests(plan.manifests))
  expect(digests(report.blobs)).toEqual(digests(plan.blobs))
  const large = report.blobs.find(({ size }) => size === 20 * MiB)
  expect(large?.status).toBe('copied')
  const [here, there] = await Promise.all(
    [app, to].map((one) => getBlobBytes(one, large!.digest, { limit: 20 * MiB })),
  )
  expect(Buffer.compare(there!, here!)).toBe(0)
  for (const [platform, count] of [
    [amd64, 2],
    [arm64, 2],
  ] as const) {
    const { flat, complete } = await discover(to, platform.digest)
    expect({ complete, count: flat.length }).toEqual({ complete: true, count })
  }

  // What is attached on either side afterwards is what differs.
  const mine = await attach(app, amd64, note('mine'), { settle: 0 })
  const theirs = await attach(to, arm64, note('theirs'), { settle: 0 })
  const found = await diff(app, 'v1', to, 'v1')
  expect(found.complete).toBe(true)
  expect(digests(found.onlyHere)).toEqual([mine.digest])
  expect(digests(found.onlyThere)).toEqual([theirs.digest])
  expect(found.both).toHaveLength(5)

  // One platform goes by itself, with what is attached to it.
  const one = repository(`${lareg.host}/mirror/one`)
  const alone = await copy(app, 'v1', one, { ...options, platforms: ['linux/amd64'] })
  expect(alone).toMatchObject({ complete: true, losses: [], descriptor: { digest: amd64.digest } })
  expect(digests(alone.referrers)).toContain(mine.digest)
  expect(alone.referrers).toHaveLength(3)
}, 120_000)

test('what docker-registry and olareg do not take is a loss there, or linked in another way', async () => {
  const app = repository(`${ours.host}/team/nodes`)
  const image = await pushImage(app)
  const node = await attach(app, 'v1', note('node'), { strategy: nodeManifest() })
  const plain = await attach(app, 'v1', note('plain'))
  for (const { host } of [docker, lareg]) {
    const lossy = await copy(app, 'v1', repository(`${host}/mirror/lossy`), options)
    expect(lossy.complete).toBe(false)
    expect(lossy.losses).toMatchObject([
      { digest: node.digest, subject: image.digest, strategies: ['node-manifest'] },
    ])
    expect(digests(lossy.referrers)).toEqual([plain.digest])

    const to = repository(`${host}/mirror/relinked`)
    const strategy = ociSubject()
    const report = await copy(app, 'v1', to, { ...options, strategy })
    expect(report).toMatchObject({ complete: true, losses: [] })
    const relinked = report.referrers.find(({ digest }) => digest === node.digest)
    expect(relinked).toMatchObject({ status: 'relinked', as: [{ artifactType: type }] })
    const { flat } = await discover(to, 'v1', { strategy })
    expect(digests(flat)).toEqual(digests([plain, ...relinked!.as!]))
  }
}, 120_000)
