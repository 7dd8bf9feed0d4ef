// A stick that was pulled out, a file that has changed: what is left is listed, and nobody takes it for all.
import { describe, expect, test } from 'vitest'
import { layoutBox } from '../../src/box/layout-box.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  copy,
  type Descriptor,
  diff,
  hasReferrer,
  type Referrer,
  referrers,
  referrersTag,
  repository,
} from '../../src/index.ts'
import { getManifest } from '../../src/registry/index.ts'
import { filesOf, INDEX, REF, type TestLayout, testLayout } from './_layout.ts'

const pathOf = ({ digest }: Descriptor) => `blobs/${digest.replace(':', '/')}`

/** How a layout says that an SBOM is attached. */
const styles: Readonly<Record<string, (layout: TestLayout, ...all: Descriptor[]) => void>> = {
  'entries without a name': (layout, _, ...sboms) => {
    for (const sbom of sboms) layout.entry(sbom)
  },
  'a referrers tag': (layout, image, ...manifests) => {
    const list = layout.blob({ schemaVersion: 2, mediaType: INDEX, manifests }, INDEX)
    layout.entry(list, { [REF]: referrersTag(image!.digest) })
  },
  'tags of proposal D': (layout, image, ...sboms) => {
    for (const sbom of sboms) {
      const hash = sbom.digest.slice(7, 23)
      layout.entry(sbom, { [REF]: `${referrersTag(image!.digest)}.${hash}.sbom` })
    }
  },
}

const damages: Readonly<Record<string, (layout: TestLayout, path: string) => void>> = {
  'is not there': ({ files }, path) => files.delete(path),
  'is cut': ({ files }, path) => files.set(path, files.get(path)!.subarray(0, -9)),
  'has a changed byte': ({ files }, path) => {
    const bytes = new Uint8Array(files.get(path)!)
    bytes[bytes.length - 9]! ^= 1
    files.set(path, bytes)
  },
  'is empty': ({ files }, path) => files.set(path, new Uint8Array()),
}

const cases = Object.entries(styles).flatMap(([style, write]) =>
  Object.entries(damages).map(([what, damage]) => [style, what, write, damage] as const),
)

describe.each(cases)('a layout with %s, of which one %s', (_, __, write, damage) => {
  async function open() {
    const layout = testLayout()
    const image = layout.image('app')
    layout.entry(image, { [REF]: 'v1' })
    const [whole, broken] = [layout.sbom(image, 'whole'), layout.sbom(image, 'broken')]
    write(layout, image, whole, broken)
    damage(layout, pathOf(broken))
    const box = await layoutBox(filesOf(layout.files))
    return { app: box.repository(), image, whole, broken }
  }

  test('lists the others, then says which and why', async () => {
    const { app, whole, broken } = await open()
    const found: Referrer[] = []
    const list = async () => {
      for await (const one of referrers(app, 'v1')) found.push(one)
    }
    await expect(list()).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE',
      status: 424,
      message: expect.stringContaining(broken.digest),
    })
    expect(found.map(({ digest }) => digest)).toEqual([whole.digest])
    const artifactType = 'application/vnd.example.other'
    await expect(hasReferrer(app, 'v1', { artifactType })).rejects.toMatchObject({ status: 424 })
  })

  test('is copied as far as it is there, which is not complete', async () => {
    const { app, whole, broken } = await open()
    const { fetch } = embeddedRegistry()
    const to = repository('there.test/team/app', { fetch })
    const report = await copy(app, 'v1', to, { referrers: true, settle: 0 })
    expect(report.complete).toBe(false)
    const said = [...report.sources.map(({ error }) => error?.message), ...report.losses]
    expect(JSON.stringify(said)).toContain(broken.digest)
    expect(report.referrers).toMatchObject([{ digest: whole.digest, status: 'copied' }])
    expect((await diff(app, 'v1', to, 'v1')).complete).toBe(false)
  })
})

test('a named manifest that is not there is said to be lost, and not to be none', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  layout.files.delete(pathOf(image))
  const app = (await layoutBox(filesOf(layout.files))).repository()
  for (const reference of ['v1', image.digest]) {
    await expect(getManifest(app, reference)).rejects.toMatchObject({
      status: 424,
      message: expect.stringContaining(`the layout names ${image.digest}, which is not there`),
    })
  }
})

test('an entry of another size than its manifest has is one that cannot be read', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  const sbom = layout.sbom(image)
  layout.entry({ ...sbom, size: sbom.size + 1 })
  const app = (await layoutBox(filesOf(layout.files))).repository()
  await expect(referrers(app, 'v1')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    message: expect.stringContaining(`${sbom.digest}, which has another size`),
  })
})

test('a changed manifest that nothing names is noticed too', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  const sbom = layout.sbom(image)
  damages['is cut']!(layout, pathOf(sbom))
  const app = (await layoutBox(filesOf(layout.files))).repository()
  await expect(hasReferrer(app, 'v1')).rejects.toMatchObject({
    message: expect.stringContaining(`${sbom.digest}, which is not what its digest says`),
  })
})

test('platforms of an image that are left out are no damage', async () => {
  const layout = testLayout()
  const [amd64, arm64] = [layout.image('amd64'), layout.image('arm64')]
  const manifests = [amd64, arm64]
  layout.entry(layout.blob({ schemaVersion: 2, mediaType: INDEX, manifests }, INDEX), {
    [REF]: 'v1',
  })
  layout.files.delete(pathOf(arm64))
  const app = (await layoutBox(filesOf(layout.files))).repository()
  expect(await hasReferrer(app, 'v1')).toBe(false)
  expect(await hasReferrer(app, amd64.digest)).toBe(false)
})

test('an entry that is no manifest may lie elsewhere', async () => {
  const layout = testLayout()
  layout.entry(layout.image('app'), { [REF]: 'v1' })
  const elsewhere = layout.blob('data', 'application/vnd.example.data')
  layout.entry(elsewhere)
  layout.files.delete(pathOf(elsewhere))
  const app = (await layoutBox(filesOf(layout.files))).repository()
  expect(await hasReferrer(app, 'v1')).toBe(false)
})
