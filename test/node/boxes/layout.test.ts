import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  detach,
  discover,
  type Repository,
  referrers,
  repository,
  sibling,
} from '../../../src/index.ts'
import { type LayoutOptions, layout, layoutStorage } from '../../../src/node/index.ts'
import { findManifest, getManifest, headManifest, pushBlob } from '../../../src/registry/index.ts'
import { all, pushImage } from '../../_image.ts'
import { CONTAINERD, IMAGE, REF, SBOM, type TestLayout, testLayout } from '../../box/_layout.ts'
import { temporaryDirectory } from '../layout/_directory.ts'

const vectors = join(import.meta.dirname, '../../vectors/recorded')

async function written({ files }: TestLayout, directory?: string): Promise<string> {
  const root = directory ?? join(await temporaryDirectory(), 'out')
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  return root
}

async function open(path: string | URL, options?: LayoutOptions) {
  const box = await layout(path, options)
  onTestFinished(() => box.close())
  return box
}

const typesOf = async (repo: Repository, subject: string) =>
  (await all(referrers(repo, subject))).map(({ artifactType }) => artifactType)

const files = async (directory: string) => (await readdir(directory, { recursive: true })).sort()

function attached() {
  const made = testLayout()
  const image = made.image('app')
  made.entry(image, { [REF]: 'v1' })
  made.sbom(image)
  return { made, image }
}

test('reads a directory that cannot be written, and writes nothing', async () => {
  const { made, image } = attached()
  const root = await written(made)
  const before = await files(root)
  for (const path of [root, ...before.map((name) => join(root, name))]) await chmod(path, 0o555)
  onTestFinished(() => chmod(root, 0o755))
  for (const path of [root, pathToFileURL(root)]) {
    const box = await open(path, { readOnly: true })
    const app = box.repository('team/app')
    expect((await getManifest(app, 'v1')).descriptor).toEqual(image)
    expect(await typesOf(app, 'v1')).toEqual([SBOM])
    await expect(attach(app, 'v1', { artifactType: SBOM })).rejects.toMatchObject({ status: 405 })
  }
  expect(await files(root)).toEqual(before)
})

test("reads BuildKit's, with the attestations of both platforms", async () => {
  const box = await open(join(vectors, 'buildkit0-layout'), { readOnly: true })
  const [entry] = await box.entries()
  expect(entry?.tag).toBe('latest')
  const { referrers: found, complete } = await discover(box.repository(), 'latest', {
    scope: 'platform',
  })
  expect(complete).toBe(true)
  const ways = found.map(({ via }) => via.map(({ strategy }) => strategy).sort())
  expect(ways).toEqual([
    ['buildkit', 'oci-subject'],
    ['buildkit', 'oci-subject'],
  ])
})

test('reads layouts while another process writes to one of them', async () => {
  const directory = await temporaryDirectory()
  const box = await open(directory)
  await pushImage(box.repository('team/app'))
  const reader = await open(directory, { readOnly: true })
  expect(await headManifest(reader.repository('other/name'), 'v1')).toMatchObject({
    mediaType: IMAGE,
  })
  await attach(box.repository(), 'v1', { artifactType: SBOM })
  expect(await typesOf((await open(directory, { readOnly: true })).repository(), 'v1')).toEqual([
    SBOM,
  ])
})

test('follows no links in a layout, but one to it', async () => {
  const { made, image } = attached()
  const root = await written(made)
  const link = join(await temporaryDirectory(), 'link')
  await symlink(root, link)
  const box = await open(link, { readOnly: true })
  expect(await headManifest(box.repository(), 'v1')).toEqual(image)

  const outside = await temporaryDirectory()
  const blob = made.blob('outside')
  await writeFile(join(outside, 'secret'), 'outside')
  await symlink(join(outside, 'secret'), join(root, `blobs/${blob.digest.replace(':', '/')}`))
  const response = await box.fetch(new Request(`http://x/v2/app/blobs/${blob.digest}`))
  expect(response.status).toBe(404)

  const other = await written(testLayout())
  await cp(join(root, 'blobs'), join(outside, 'blobs'), { recursive: true })
  await symlink(join(outside, 'blobs'), join(other, 'blobs'))
  await writeFile(join(other, 'index.json'), await readFile(join(root, 'index.json')))
  const linked = await open(other, { readOnly: true })
  // It is named, and behind a link: not there.
  const lost = { status: 424 }
  await expect(findManifest(linked.repository(), 'v1')).rejects.toMatchObject(lost)
  await expect(all(referrers(linked.repository(), image.digest))).rejects.toMatchObject(lost)
})

test.each([
  ['nothing', 'none that is there'],
  ['a file', 'a file'],
  ['an empty directory', 'neither oci-layout nor index.json'],
])('refuses to read %s', async (what, input) => {
  const root = join(await temporaryDirectory(), 'out')
  if (what === 'a file') await writeFile(root, '')
  if (what === 'an empty directory') await mkdir(root)
  await expect(layout(root, { readOnly: true })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: root,
    input,
  })
  if (what === 'nothing') expect(existsSync(root)).toBe(false)
})

test('refuses what is no path, and options that there are not', async () => {
  await expect(layout(1 as unknown as string)).rejects.toThrow('"directory" must be')
  await expect(layout(new URL('https://example.com/out'))).rejects.toMatchObject({
    path: 'directory',
  })
  await expect(layout('x', { readonly: true } as object)).rejects.toThrow(
    'did you mean "readOnly"?',
  )
  await expect(layout('x', { readOnly: 'yes' } as object)).rejects.toThrow('a boolean')
})

test('a layout that is written is the directory itself, and grows', async () => {
  const root = join(await temporaryDirectory(), 'new/out')
  const first = await layout(root)
  expect(first.readOnly).toBe(false)
  expect(await first.entries()).toEqual([])
  const app = first.repository('team/app')
  expect(await findManifest(app, 'v1')).toBeUndefined()
  const image = await pushImage(app)
  const sbom = await attach(app, 'v1', { artifactType: SBOM })
  expect((await readdir(root)).filter((name) => !name.startsWith('.')).sort()).toEqual([
    'blobs',
    'index.json',
    'oci-layout',
  ])
  await first.close()

  const second = await open(root)
  expect(await headManifest(second.repository('other'), 'v1')).toEqual(image)
  await pushImage(second.repository(), 'v2', 'two')
  const tags = (await second.entries()).map(({ tag }) => tag)
  expect(tags).toEqual(expect.arrayContaining(['v1', 'v2', image.digest.replace(':', '-')]))
  expect((await all(referrers(second.repository(), 'v1'))).map(({ digest }) => digest)).toEqual([
    sbom.digest,
  ])
})

/** What regctl lists: the entries of the index at the referrers tag. */
async function listedByTag(repo: Repository, subject: string): Promise<string[] | undefined> {
  const found = await findManifest(repo, subject.replace(':', '-'))
  const index = found && JSON.parse(new TextDecoder().decode(found.bytes))
  return index?.manifests.map(({ digest }: { digest: string }) => digest).sort()
}

test('keeps the referrers tag with what is attached, and deletes it with the last', async () => {
  const root = await temporaryDirectory()
  const box = await open(root)
  const app = box.repository('team/app')
  const { digest } = await pushImage(app)
  const wanted = await Promise.all(
    Array.from({ length: 5 }, (_, at) =>
      attach(app, 'v1', { artifactType: SBOM, annotations: { at: String(at) } }),
    ),
  )
  expect(await listedByTag(app, digest)).toEqual(wanted.map((one) => one.digest).sort())
  const signature = await attach(app, wanted[0]!, { artifactType: 'application/vnd.example.sig' })
  expect(await listedByTag(app, wanted[0]!.digest)).toEqual([signature.digest])
  await detach(app, 'v1', wanted[4]!)
  expect(await listedByTag(app, digest)).toEqual(
    wanted
      .slice(0, 4)
      .map((one) => one.digest)
      .sort(),
  )
  await detach(app, wanted[0]!, signature)
  expect((await listedByTag(app, wanted[0]!.digest)) ?? []).toEqual([])
  await box.close()
  const reader = await open(root, { readOnly: true })
  expect(await typesOf(reader.repository(), 'v1')).toHaveLength(4)
})

test('gives the referrers of another tool their tag with the first write', async () => {
  const { made, image } = attached()
  made.entry(made.sbom(image, 'named'))
  const root = await written(made)
  const box = await open(root)
  const app = box.repository()
  expect(await listedByTag(app, image.digest)).toBeUndefined()
  const added = await attach(app, 'v1', { artifactType: SBOM })
  expect(await listedByTag(app, image.digest)).toContain(added.digest)
  expect((await listedByTag(app, image.digest))?.length).toBeGreaterThan(1)
})

test('a layout that names its tags by full references keeps them, until a tag moves', async () => {
  const made = testLayout()
  const image = made.image('app')
  made.entry(image, { [REF]: '127.0.0.1:5000/team/app:v1' })
  made.entry(made.image('two'), { [REF]: '127.0.0.1:5000/team/app:v2' })
  const root = await written(made)
  const box = await open(root)
  const app = box.repository('team/app')
  expect(await headManifest(app, 'v1')).toEqual(image)
  await attach(app, 'v1', { artifactType: SBOM })
  const names = async () =>
    JSON.parse(await readFile(join(root, 'index.json'), 'utf8')).manifests.flatMap(
      (entry: { annotations?: Record<string, string> }) => entry.annotations?.[REF] ?? [],
    )
  expect(await names()).toEqual(
    expect.arrayContaining(['127.0.0.1:5000/team/app:v1', '127.0.0.1:5000/team/app:v2']),
  )
  const moved = await pushImage(app, 'v1', 'moved')
  expect(await headManifest(app, 'v1')).toEqual(moved)
  expect((await names()).filter((name: string) => name.endsWith('v1'))).toEqual(['v1'])
})

test('one process at a time writes to a directory, in as many boxes as it wants', async () => {
  const root = await temporaryDirectory()
  const storage = await layoutStorage(root, { name: 'app' })
  await expect(layout(root)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('locked by'),
  })
  await storage.close()

  const [one, two] = await Promise.all([layout(root), layout(join(root, '.'))])
  const { digest } = await pushImage(one.repository('a'))
  expect((await headManifest(two.repository('b'), 'v1'))?.digest).toBe(digest)
  await one.close()
  await one.close()
  await pushImage(two.repository(), 'v2')
  await two.close()
  expect(await headManifest((await open(root)).repository(), 'v2')).toBeDefined()
})

test('what is written holds one repository, and one of several is only read', async () => {
  const root = await temporaryDirectory()
  const box = await open(root)
  const app = box.repository('team/app')
  expect(() => box.repository('team/other')).toThrow('holds one repository')
  await expect(pushBlob(sibling(app, 'team/other'), 'x')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })

  const made = testLayout()
  for (const name of ['one', 'two']) {
    made.entry(made.image(name), { [REF]: 'v1', [CONTAINERD]: `docker.io/library/${name}:v1` })
  }
  const several = await written(made)
  await expect(layout(several)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('readOnly: true'),
  })
  const reader = await open(several, { readOnly: true })
  expect(await headManifest(reader.repository('two'), 'v1')).toBeDefined()
})

test('a directory of layouts has the repositories that are served from it', async () => {
  const root = await temporaryDirectory()
  const storage = await layoutStorage(root)
  const { fetch } = embeddedRegistry({ storage })
  for (const name of ['team/app', 'team/app/blobs', 'base']) {
    await pushImage(repository(`r.test/${name}`, { fetch }), 'v1', name)
  }
  await attach(repository('r.test/team/app', { fetch }), 'v1', { artifactType: SBOM })
  await storage.close()

  const reader = await open(root, { readOnly: true })
  expect((await reader.entries()).map((entry) => `${entry.repository} ${entry.tag}`)).toEqual([
    'base v1',
    'team/app v1',
    'team/app undefined',
    'team/app/blobs v1',
  ])
  const app = reader.repository('team/app')
  expect(await typesOf(app, 'v1')).toEqual([SBOM])
  expect(await headManifest(sibling(app, 'team/app/blobs'), 'v1')).toBeDefined()
  expect(await findManifest(sibling(app, 'nothing'), 'v1')).toBeUndefined()
  expect(() => reader.repository('other')).toThrow('one of base, team/app, team/app/blobs')
  expect(() => reader.repository()).toThrow('one of')

  const box = await open(root)
  await pushImage(box.repository('new/one'))
  expect(await headManifest(box.repository('base'), 'v1')).toBeDefined()
  expect((await box.entries()).map((entry) => entry.repository)).toContain('new/one')
  expect(existsSync(join(root, 'new/one/index.json'))).toBe(true)
})

test('a layout of a directory that could not be read is read again the next time', async () => {
  const root = await temporaryDirectory()
  const storage = await layoutStorage(root)
  await pushImage(repository('r.test/team/app', { fetch: embeddedRegistry({ storage }).fetch }))
  await storage.close()
  const reader = await open(root, { readOnly: true })
  const index = join(root, 'team/app/index.json')
  const whole = await readFile(index)
  await writeFile(index, whole.subarray(0, 20))
  const app = reader.repository('team/app', { retries: 0 })
  await expect(headManifest(app, 'v1')).rejects.toThrow()
  await writeFile(index, whole)
  expect(await headManifest(app, 'v1')).toBeDefined()
})

test('a layout whose making was interrupted is made when it is written', async () => {
  const root = await temporaryDirectory()
  await writeFile(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await mkdir(join(root, 'blobs/sha256'), { recursive: true })
  await expect(layout(root, { readOnly: true })).rejects.toMatchObject({
    path: join(root, 'index.json'),
  })
  const box = await open(root)
  expect(await box.entries()).toEqual([])
  const image = await pushImage(box.repository('team/app'))
  expect(await headManifest((await open(root, { readOnly: true })).repository(), 'v1')).toEqual(
    image,
  )

  const other = await temporaryDirectory()
  await writeFile(join(other, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}')
  await expect(layout(other)).rejects.toMatchObject({ path: join(other, 'oci-layout') })
})

test('and so it is in a directory of layouts, whose others are read', async () => {
  const root = await temporaryDirectory()
  const storage = await layoutStorage(root)
  const { fetch } = embeddedRegistry({ storage })
  await pushImage(repository('r.test/whole', { fetch }))
  await storage.close()
  await mkdir(join(root, 'begun'))
  await writeFile(join(root, 'begun/oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  for (const options of [{ readOnly: true }, {}]) {
    const box = await open(root, options)
    expect((await box.entries()).map((entry) => entry.repository)).toEqual(['whole'])
  }
  const box = await open(root)
  await pushImage(box.repository('begun'))
  expect((await box.entries()).map((entry) => entry.repository)).toEqual(['begun', 'whole'])
})
