// An image with everything attached goes from registry to registry, through a directory and a file, and nothing stays
// behind: other clients see it all at the end. And the other way: what they have copied goes on.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  attach,
  type CopyReport,
  copy,
  diff,
  discover,
  type Repository,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { archive, layout, saveArchive } from '../../src/node/index.ts'
import { getBlobBytes, getManifest } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const artifactType = 'application/spdx+json'
const everything = { referrers: true, depth: Number.POSITIVE_INFINITY, settle: 0 } as const
const allLevels = { depth: Number.POSITIVE_INFINITY } as const

let docker: RunningRegistry
let lareg: RunningRegistry
let dist: RunningRegistry
let clients: readonly Clients[]
let directory: string
let known: Partial<Repository['capabilities']> = {}

beforeAll(async () => {
  ;[docker, lareg, dist] = await Promise.all([
    dockerRegistry.start(),
    olareg.start(),
    distribution.start(),
  ])
  clients = await Promise.all([docker, lareg, dist].map((one) => clientsFor(one)))
  directory = await mkdtemp(join(tmpdir(), 'ocilink-copy-'))
}, 120_000)
afterAll(async () => {
  await Promise.all(clients.map((one) => one.close()))
  await Promise.all([docker, lareg, dist].map((one) => one?.stop()))
  await rm(directory, { recursive: true })
})

/** Attaches a document in one way. */
const add = (app: Repository, subject: string, strategy: Strategy, text = strategy.name) =>
  attach(
    app,
    subject,
    { artifactType, blobs: [{ data: `{"of":"${text}"}`, mediaType: artifactType }] },
    { strategy, settle: 0 },
  )

/** Pushes an image to docker-registry, with links in all ways that do not need the same tag. */
async function image(name: string, ways: readonly Strategy[]): Promise<Repository> {
  await clients[0]!.pushImage(name, 'v1')
  const app = repository(`${docker.host}/${name}`)
  for (const way of ways) await add(app, 'v1', way)
  return app
}

/** Copies, and sees that nothing stayed behind. */
async function take(from: Repository, to: Repository): Promise<CopyReport> {
  const report = await copy(from, 'v1', to, everything)
  expect(report.losses).toEqual([])
  expect(report.complete).toBe(true)
  const { onlyHere, onlyThere, complete } = await diff(from, 'v1', to, 'v1', allLevels)
  expect({ onlyHere, onlyThere, complete }).toEqual({
    onlyHere: [],
    onlyThere: [],
    complete: true,
  })
  for (const { digest, mediaType } of report.manifests) {
    const accept = [mediaType]
    const [here, there] = await Promise.all(
      [from, to].map((app) => getManifest(app, digest, { accept })),
    )
    expect(Buffer.compare(there!.bytes, here!.bytes)).toBe(0)
  }
  for (const blob of report.blobs) {
    const [here, there] = await Promise.all([from, to].map((app) => getBlobBytes(app, blob.digest)))
    expect(Buffer.compare(there!, here!)).toBe(0)
  }
  return report
}

/** What is attached at any level, by the names of the ways. */
async function ways(app: Repository): Promise<readonly string[]> {
  const { flat, complete } = await discover(app, 'v1', { scope: 'all', depth: 9 })
  expect(complete).toBe(true)
  return flat
    .map(({ digest, via }) => `${digest} ${[...new Set(via.map((way) => way.strategy))].sort()}`)
    .sort()
}

const digests = (list: readonly { readonly digest: string }[]) =>
  list.map(({ digest }) => digest).sort()

test('goes from docker-registry to olareg, a layout, an archive and distribution', async () => {
  const app = await image('team/whole', [
    ociSubject(),
    referenceField(),
    digestTags(),
    cosignTags(),
  ])
  const sbom = await add(app, 'v1', ociSubject(), 'a second one')
  await add(app, sbom.digest, ociSubject(), 'a signature of it')
  await add(app, sbom.digest, digestTags(), 'a note on it')
  const before = await ways(app)
  expect(before).toHaveLength(7)

  const mirror = repository(`${lareg.host}/mirror/whole`)
  await take(app, mirror)
  const box = await layout(join(directory, 'whole'))
  await take(mirror, box.repository('team/whole'))
  await box.close()

  const file = join(directory, 'whole.tar')
  const saved = await layout(join(directory, 'whole'), { readOnly: true })
  await saveArchive(saved, file)
  await saved.close()

  const opened = await archive(file)
  const end = repository(`${dist.host}/end/whole`)
  await take(opened.repository('team/whole'), end)
  await opened.close()

  expect(await ways(end)).toEqual(before)
  // By all clients: what points at the image by its subject, and at its SBOM.
  const { referrers } = await discover(end, 'v1', { strategy: ociSubject() })
  expect(referrers).toHaveLength(2)
  for (const [subject, count] of [
    // With that of proposal B, which is in the same index.
    ['end/whole:v1', 3],
    [`end/whole@${sbom.digest}`, 1],
  ] as const) {
    const reference = `${dist.host}/${subject}`
    const listed = digests(await clients[2]!.orasDiscover(reference))
    expect(listed).toHaveLength(count)
    expect(digests(await clients[2]!.regctlList(reference))).toEqual(listed)
    for (const digest of listed) expect(before.join()).toContain(digest)
  }
}, 180_000)

test('takes proposal F’s index along', async () => {
  const app = await image('team/f', [indexAnnotations(), cosignTags()])
  const before = await ways(app)
  const mirror = repository(`${lareg.host}/mirror/f`)
  await take(app, mirror)
  const end = repository(`${dist.host}/end/f`)
  await take(mirror, end)
  expect(await ways(end)).toEqual(before)
}, 120_000)

test('is run again at once, and finds nothing to do', async () => {
  const app = await image('team/again', [ociSubject(), digestTags(), cosignTags()])
  for (const { host } of [lareg, dist]) {
    const to = repository(`${host}/mirror/again`)
    await take(app, to)
    const again = await copy(app, 'v1', repository(`${host}/mirror/again`), everything)
    expect(again.complete).toBe(true)
    const states = [...again.manifests, ...again.blobs, ...again.referrers]
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['present']))
  }
}, 120_000)

test('leaves none of many behind, also where a registry keeps only some that are written at once', async () => {
  const app = await image('team/many', [])
  await Promise.all(Array.from({ length: 30 }, (_, i) => add(app, 'v1', ociSubject(), `${i}`)))
  for (const at of [1, 2]) {
    const { host } = [docker, lareg, dist][at]!
    for (const name of ['mirror/many', 'mirror/many-again']) {
      // The second time it is known what the registry has.
      const to = repository(`${host}/${name}`, { capabilities: known })
      await take(app, to)
      known = to.capabilities
      expect(await clients[at]!.orasDiscover(`${host}/${name}:v1`)).toHaveLength(30)
      expect(await clients[at]!.regctlList(`${host}/${name}:v1`)).toHaveLength(30)
    }
    known = {}
  }
}, 180_000)

test('mounts within a registry', async () => {
  const app = await image('team/mount', [ociSubject()])
  const report = await take(app, repository(`${docker.host}/mirror/mount`))
  expect(new Set(report.blobs.map(({ status }) => status))).toEqual(new Set(['mounted']))
}, 120_000)

/**
 * Copies to olareg with another client; again to another repository where a referrer was lost: olareg keeps one of two
 * that this client writes at once.
 */
async function copiedByOthers(
  name: string,
  before: readonly string[],
  copyTo: (path: string) => Promise<unknown>,
): Promise<Repository> {
  for (let attempt = 1; ; attempt++) {
    const path = `${lareg.host}/${name}/others-${attempt}`
    await copyTo(path)
    const app = repository(path)
    const arrived = await ways(app)
    if (attempt === 5) expect(arrived).toEqual(before)
    if (String(arrived) === String(before)) return app
  }
}

test('goes on from what oras and regctl have copied', { timeout: 180_000 }, async () => {
  const app = await image('team/others', [ociSubject()])
  const sbom = await add(app, 'v1', ociSubject(), 'a second one')
  await add(app, sbom.digest, ociSubject(), 'a signature of it')
  const before = await ways(app)
  const source = `${docker.host}/team/others:v1`
  const plain = ['--from-plain-http', '--to-plain-http']
  const host = ['--host', `reg=${lareg.host},tls=disabled`]
  const copied = {
    oras: (path: string) => clients[0]!.program('oras', 'cp', '-r', ...plain, source, `${path}:v1`),
    regctl: (path: string) =>
      clients[0]!.regctl([...host, 'image', 'copy', '--referrers', source, `${path}:v1`]),
  }
  for (const [name, copyTo] of Object.entries(copied)) {
    const from = await copiedByOthers(name, before, copyTo)
    const to = repository(`${dist.host}/${name}/others`)
    await take(from, to)
    expect(await ways(to)).toEqual(before)
    // And back to where it came from: all is there.
    const back = await copy(to, 'v1', app, everything)
    expect(back.complete).toBe(true)
    expect(new Set(back.referrers.map(({ status }) => status))).toEqual(new Set(['present']))
  }
})
