// A layout that is only read, through the calls that everybody uses.
import { expect, test } from 'vitest'
import { layoutBox } from '../../src/box/layout-box.ts'
import { attach, type Repository, referrers, sibling, tags } from '../../src/index.ts'
import type { Digest } from '../../src/model/digest.ts'
import {
  deleteManifest,
  findManifest,
  getBlobBytes,
  getManifest,
  headManifest,
  pushBlob,
} from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import {
  CONTAINERD,
  filesOf,
  IMAGE,
  INDEX,
  REF,
  SBOM,
  type TestLayout,
  testLayout,
} from './_layout.ts'

const none = `sha256:${'0'.repeat(64)}` as Digest
const open = (layout: TestLayout) => layoutBox(filesOf(layout.files, 'test.tar'))

async function typesOf(repo: Repository, subject: string): Promise<string[]> {
  return (await all(referrers(repo, subject))).map(({ artifactType }) => artifactType ?? '')
}

test('gives manifests by tag and digest, blobs, and what is attached with and without an entry', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  layout.entry(layout.sbom(image, 'named'))
  const unnamed = layout.sbom(image, 'unnamed')
  const box = await open(layout)
  expect(box.readOnly).toBe(true)
  const app = box.repository('team/app')
  expect(app.name).toBe('team/app')
  const { descriptor, bytes } = await getManifest(app, 'v1')
  expect(descriptor).toEqual(image)
  expect(await headManifest(app, image.digest)).toEqual(image)
  expect((await getManifest(app, unnamed.digest)).descriptor).toEqual(unnamed)
  const { config } = JSON.parse(new TextDecoder().decode(bytes))
  expect(JSON.parse(new TextDecoder().decode(await getBlobBytes(app, config)))).toMatchObject({
    seed: 'app',
  })
  expect(await typesOf(app, 'v1')).toEqual([SBOM, SBOM])
  expect(await all(tags(app))).toMatchObject([{ tag: 'v1' }])
})

test('answers what is not there as a registry does', async () => {
  const layout = testLayout()
  const box = await open(layout)
  const app = box.repository()
  expect(await findManifest(app, 'v1')).toBeUndefined()
  expect(await findManifest(app, none)).toBeUndefined()
  expect(await typesOf(app, none)).toEqual([])
  await expect(getBlobBytes(app, { digest: none, size: 1 })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await box.entries()).toEqual([])
})

test('takes no blob for a manifest that nothing describes as one', async () => {
  const layout = testLayout()
  const layer = layout.blob('a layer')
  const app = (await open(layout)).repository()
  expect(await findManifest(app, layer.digest)).toBeUndefined()
})

test('refuses writes as a registry that is read-only does', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  const app = (await open(layout)).repository('team/app')
  const refusal = {
    code: 'REGISTRY_RESPONSE',
    status: 405,
    message: expect.stringContaining('read-only'),
  }
  await expect(attach(app, 'v1', { artifactType: SBOM })).rejects.toMatchObject(refusal)
  await expect(pushBlob(app, 'x')).rejects.toMatchObject(refusal)
  await expect(deleteManifest(app, 'v1')).rejects.toMatchObject(refusal)
})

test('shows each of several repositories with its own tags; siblings too', async () => {
  const layout = testLayout()
  const [one, two] = [layout.image('one'), layout.image('two')]
  layout.entry(one, { [REF]: 'v1', [CONTAINERD]: 'docker.io/library/one:v1' })
  layout.entry(two, { [REF]: 'v1', [CONTAINERD]: 'ghcr.io/team/two:v1' })
  const box = await open(layout)
  expect(() => box.repository()).toThrow('one of docker.io/library/one, ghcr.io/team/two')
  const first = box.repository('one')
  expect((await getManifest(first, 'v1')).descriptor).toEqual(one)
  expect((await getManifest(sibling(first, 'team/two'), 'v1')).descriptor).toEqual(two)
  expect(await findManifest(sibling(first, 'team/three'), 'v1')).toBeUndefined()
})

test('says that content is not what its digest says, when it is read', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  const blob = layout.blob('content')
  layout.files.set(`blobs/${blob.digest.replace(':', '/')}`, Buffer.from('CONTENT'))
  const path = `blobs/${image.digest.replace(':', '/')}`
  layout.files.set(
    path,
    Buffer.from(String(Buffer.from(layout.files.get(path)!)).replace('app', 'abc')),
  )
  const app = (await open(layout)).repository()
  const wrong = { code: 'DIGEST_MISMATCH' }
  await expect(getBlobBytes(app, blob)).rejects.toMatchObject({ ...wrong, expected: blob.digest })
})

test('and so of manifests, by tag and by digest', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  const path = `blobs/${image.digest.replace(':', '/')}`
  const text = String(Buffer.from(layout.files.get(path)!))
  layout.files.set(path, Buffer.from(text.replace('tar"', 'TAR"')))
  const app = (await open(layout)).repository()
  for (const reference of ['v1', image.digest]) {
    await expect(getManifest(app, reference)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      expected: image.digest,
    })
  }
})

test.each([
  ['no oci-layout', 'oci-layout', undefined, 'test.tar/oci-layout'],
  ['another version', 'oci-layout', '{"imageLayoutVersion":"2.0.0"}', 'test.tar/oci-layout'],
  ['an oci-layout that is no JSON', 'oci-layout', '1.0.0', 'test.tar/oci-layout'],
  ['no index.json', 'index.json', undefined, 'test.tar/index.json'],
  ['an index.json that is no JSON', 'index.json', '<html>', 'test.tar/index.json'],
  ['one that is a list', 'index.json', '[]', 'test.tar/index.json'],
  ['one without manifests', 'index.json', '{"schemaVersion":2}', 'test.tar/index.json'],
  [
    'one that is another document',
    'index.json',
    JSON.stringify({ mediaType: IMAGE, manifests: [] }),
    'test.tar/index.json: mediaType',
  ],
  ['one of 10 000 levels', 'index.json', '['.repeat(10_000), 'test.tar/index.json'],
])('refuses %s, naming the file', async (_, path, content, named) => {
  const layout = testLayout()
  if (content === undefined) layout.files.delete(path)
  else layout.files.set(path, Buffer.from(content))
  await expect(open(layout)).rejects.toMatchObject({ code: 'INVALID_INPUT', path: named })
})

test('says what to do about what docker save wrote before version 25', async () => {
  const files = new Map([['manifest.json', Buffer.from('[]')]])
  await expect(layoutBox(filesOf(files, 'old.tar'))).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: 'old.tar',
    message: expect.stringContaining('docker 25 or later'),
  })
})

test('reads an index of the types that old tools write', async () => {
  const layout = testLayout()
  layout.files.set('index.json', Buffer.from(`{"manifests":[],"mediaType":"${INDEX}"}`))
  expect(await (await open(layout)).entries()).toEqual([])
})

test('refuses what is no box, no name, and options that repository() has for other places', async () => {
  const layout = testLayout()
  const box = await open(layout)
  expect(() => box.repository('Not A Name')).toThrow(
    expect.objectContaining({ code: 'INVALID_REFERENCE' }),
  )
  expect(() => box.repository('app', { timout: 1 } as object)).toThrow('timout')
})
