// copy() and diff() between registries, layouts and archives: the same calls.
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryBox } from '../../../src/archive/index.ts'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  copy,
  diff,
  type Repository,
  readArtifact,
  referrers,
  repository,
} from '../../../src/index.ts'
import { archive, layout, saveArchive } from '../../../src/node/index.ts'
import { getManifest, putManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { INDEX, SBOM } from '../../box/_layout.ts'
import { temporaryDirectory } from '../layout/_directory.ts'

/** An index of two platforms, with links of three kinds, and one of a link. */
async function source(options: Parameters<typeof embeddedRegistry>[0]): Promise<Repository> {
  const app = repository('source.test/team/app', { fetch: embeddedRegistry(options).fetch })
  const amd64 = await pushImage(app, 'amd64', 'amd64')
  const arm64 = await pushImage(app, 'arm64', 'arm64')
  const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } })
  const manifests = [
    { ...amd64, ...platform('amd64') },
    { ...arm64, ...platform('arm64') },
  ]
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType: INDEX, manifests } as never)
  const artifact = { artifactType: SBOM, blobs: [{ data: '{}', mediaType: SBOM }] }
  const sbom = await attach(app, 'v1', artifact)
  await attach(app, sbom, { artifactType: 'application/vnd.example.signature' })
  await attach(app, amd64, artifact)
  await attach(app, 'v1', artifact, { strategy: digestTags() })
  return app
}

const digests = async (repo: Repository) =>
  (await all(referrers(repo, 'v1', { strategies: [ociSubject(), digestTags(), cosignTags()] })))
    .map(({ digest }) => digest)
    .sort()

test('some platforms of an index go to a layout, an archive and memory, with what is attached to them', async () => {
  const directory = await temporaryDirectory()
  const app = await source({})
  const s390x = await pushImage(app, 's390x', 's390x')
  const index = JSON.parse(new TextDecoder().decode((await getManifest(app, 'v1')).bytes))
  const manifests = [
    ...index.manifests,
    { ...s390x, platform: { os: 'linux', architecture: 's390x' } },
  ]
  await putManifest(app, 'v2', { schemaVersion: 2, mediaType: INDEX, manifests } as never)
  await attach(app, s390x, { artifactType: SBOM })
  const platforms = ['linux/amd64', 'linux/arm64']
  const some = { referrers: true, platforms } as const

  const box = await layout(join(directory, 'out'))
  onTestFinished(() => box.close())
  const memory = memoryBox()
  for (const to of [box.repository('team/app'), memory.repository('team/app')]) {
    const report = await copy(app, 'v2', to, some)
    expect(report).toMatchObject({
      complete: true,
      losses: [],
      referrers: [{ artifactType: SBOM }],
    })
    expect(report.manifests.map(({ digest }) => digest)).not.toContain(s390x.digest)
  }
  await saveArchive(box, join(directory, 'app.tar'))
  const tar = await archive(join(directory, 'app.tar'))
  onTestFinished(() => tar.close())
  // Again, from what holds no more than these.
  const next = memoryBox().repository('team/app')
  expect(await copy(tar.repository(), 'v2', next, some)).toMatchObject({ complete: true })
  expect(await readArtifact(next, 'v2', { platform: 'linux/amd64' })).toMatchObject({
    artifactType: SBOM,
  })
})

test.each([
  ['with the referrers API', {}],
  ['without it', { referrersApi: false }],
])('from a registry %s to a layout, an archive, and a registry', async (_, options) => {
  const directory = await temporaryDirectory()
  const app = await source(options)
  const wanted = await digests(app)
  expect(wanted).toHaveLength(2)

  const box = await layout(join(directory, 'out'))
  onTestFinished(() => box.close())
  const first = await copy(app, 'v1', box.repository('team/app'), { referrers: true })
  expect(first).toMatchObject({ complete: true, losses: [] })
  expect(await digests(box.repository())).toEqual(wanted)

  await saveArchive(box, join(directory, 'app.tar'))
  const tar = await archive(join(directory, 'app.tar'))
  expect(await digests(tar.repository())).toEqual(wanted)
  expect(await diff(app, 'v1', tar.repository(), 'v1')).toMatchObject({
    onlyHere: [],
    onlyThere: [],
    complete: true,
  })

  const memory = memoryBox()
  await copy(tar.repository('team/app'), 'v1', memory.repository('x'), { referrers: true })
  const mirror = repository('mirror.test/team/app', { fetch: embeddedRegistry(options).fetch })
  const last = await copy(memory.repository(), 'v1', mirror, { referrers: true })
  expect(last).toMatchObject({ complete: true, losses: [] })
  expect(await digests(mirror)).toEqual(wanted)
  expect((await getManifest(mirror, 'v1')).bytes).toEqual((await getManifest(app, 'v1')).bytes)
  expect(await diff(app, 'v1', mirror, 'v1')).toMatchObject({ onlyHere: [], onlyThere: [] })
})

test('a copy into a box that is only read fails, and says so', async () => {
  const app = await source({})
  const box = memoryBox()
  await copy(app, 'v1', box.repository())
  const path = join(await temporaryDirectory(), 'app.tar')
  await saveArchive(box, path)
  const tar = await archive(path)
  await expect(copy(app, 'amd64', tar.repository(), { tags: ['new'] })).rejects.toMatchObject({
    message: expect.stringContaining('read-only'),
  })
})
