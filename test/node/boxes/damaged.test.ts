// A directory that was not copied whole, opened to be written: what is missing is not forgotten.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  copy,
  type Descriptor,
  diff,
  type Repository,
  repository,
} from '../../../src/index.ts'
import { archive, layout, saveArchive } from '../../../src/node/index.ts'
import { getManifest, headManifest, putManifest } from '../../../src/registry/index.ts'
import { IMAGE, REF, testLayout } from '../../box/_layout.ts'
import { temporaryDirectory } from '../layout/_directory.ts'

/** An image at `v1` with two SBOMs, of which one at the tag `lost` is not there. */
async function damaged() {
  const made = testLayout()
  const image = made.image('app')
  made.entry(image, { [REF]: 'v1' })
  const [whole, lost] = [made.sbom(image, 'whole'), made.sbom(image, 'lost')]
  made.entry(whole)
  made.entry(lost, { [REF]: 'lost' })
  const root = join(await temporaryDirectory(), 'out')
  for (const [path, bytes] of made.files) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  const path = join(root, `blobs/${lost.digest.replace(':', '/')}`)
  const bytes = new Uint8Array(await readFile(path))
  await rm(path)
  return { root, whole, lost, bytes }
}

async function open(root: string, options = {}) {
  const box = await layout(root, options)
  onTestFinished(() => box.close())
  return box
}

/** What a diff with itself says of both sides. */
const isKnown = async (app: Repository) => (await diff(app, 'v1', app, 'v1')).complete

test('the others are listed, and that one is missing is said', async () => {
  const { root, whole, lost } = await damaged()
  const app = (await open(root)).repository()
  const to = repository('there.test/app', { fetch: embeddedRegistry().fetch })
  const report = await copy(app, 'v1', to, { referrers: true, settle: 0 })
  expect(report.complete).toBe(false)
  expect(report.referrers.map(({ digest }) => digest)).toEqual([whole.digest])
  expect(report.sources.map(({ error }) => error?.message).join()).toContain(lost.digest)
})

test('its entry is kept by a write, and by an archive', async () => {
  const { root, lost } = await damaged()
  const box = await open(root)
  await attach(box.repository(), 'v1', { artifactType: 'text/plain' }, { settle: 0 })
  expect(await isKnown(box.repository())).toBe(false)
  const file = `${root}.tar`
  await box.close()
  const again = await open(root, { readOnly: true })
  const index = JSON.parse(await readFile(join(root, 'index.json'), 'utf8'))
  const kept = index.manifests.filter(({ digest }: Descriptor) => digest === lost.digest)
  expect(kept).toEqual([{ ...lost, annotations: { [REF]: 'lost' } }])
  await saveArchive(again, file)
  const opened = await archive(file)
  onTestFinished(() => opened.close())
  for (const { repository } of [again, opened]) {
    expect(await isKnown(repository())).toBe(false)
    await expect(getManifest(repository(), 'lost')).rejects.toMatchObject({ status: 424 })
  }
})

test('it is whole again once the manifest is written', async () => {
  const { root, lost, bytes } = await damaged()
  const box = await open(root)
  const app = box.repository()
  expect(await headManifest(app, lost.digest)).toBeUndefined()
  await putManifest(app, lost.digest, bytes, { mediaType: IMAGE })
  expect(await isKnown(app)).toBe(true)
  expect((await getManifest(app, 'lost')).descriptor).toEqual(lost)
  await box.close()
  const again = (await open(root, { readOnly: true })).repository()
  expect(await isKnown(again)).toBe(true)
  expect((await getManifest(again, 'lost')).descriptor).toEqual(lost)
})
